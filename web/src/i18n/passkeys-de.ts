import type { passkeysEn } from './passkeys-en';

/** Deutsch: Passkeys. */
export const passkeysDe: Record<keyof typeof passkeysEn, string> = {
  'passkeys.title': 'Passkeys',
  'passkeys.explain':
    'Ein Passkey öffnet dein Konto auf einem neuen Gerät mit Finger, Gesicht oder der PIN eines Geräts, anstelle des Passworts.',
  'passkeys.add': 'Passkey hinzufügen',
  'passkeys.full': 'Es kann fünf geben. Entferne einen, um einen anderen hinzuzufügen.',
  'passkeys.unsupported': 'Dieser Browser hat keine Passkeys, die dein Konto öffnen könnten.',
  'passkeys.unnamed': 'Passkey ohne Namen',
  'passkeys.add_text':
    'Dein Browser fragt gleich, wo er liegen soll: auf diesem Gerät, auf einem Telefon oder auf einem Sicherheitsschlüssel.',
  'passkeys.add_warning':
    'Wer ihn benutzen kann, kann alles in deinem Konto lesen, wie mit dem Passwort. Liegt er in einem Konto von dir bei Apple, Google oder anderswo, ist er so sicher wie dieses Konto.',
  'passkeys.add_submit': 'Passkey anlegen',
  'passkeys.done': 'Dein Passkey öffnet ab jetzt dein Konto.',
  'passkeys.remove': 'Passkey entfernen: {name}',
  'passkeys.remove_text':
    'Er öffnet dein Konto nicht mehr. Geräte, die sich damit angemeldet haben, bleiben angemeldet, bis du sie entfernst.',
  'passkeys.remove_submit': 'Passkey entfernen',
  'passkeys.removed': 'Der Passkey öffnet nichts mehr.',
  'passkeys.remove_too':
    'Wenn damit auch einer deiner Passkeys in falschen Händen sein kann, entferne ihn ebenfalls.',
  'passkeys.sign_in': 'Mit Passkey anmelden',
  'passkeys.instead': 'Stattdessen einen Passkey verwenden',
  'passkeys.problem_cancelled':
    'Dein Browser hat keinen Passkey gegeben. Versuch es noch einmal oder nimm einen anderen Weg.',
  'passkeys.problem_no_prf':
    'Dieser Passkey kann hier nicht verwendet werden: Der Browser, oder was den Passkey verwahrt, macht keine Schlüssel zum Verschlüsseln. Es wurde nichts geändert.',
  'passkeys.problem_known': 'Dort, wo er liegen soll, gibt es schon einen Passkey dieses Kontos.',
  'passkeys.problem_failed': 'Dein Browser verwendet unter dieser Adresse keine Passkeys.',
  'passkeys.problem_unknown': 'Dieser Passkey öffnet hier kein Konto. Vielleicht wurde er entfernt.',
  'failure.too-many-passkeys': 'Es kann fünf Passkeys geben. Entferne zuerst einen.',
};
