import type { anewEn } from './anew-en';

/** German: who lost everything and begins anew, and what others see of it. */
export const anewDe: Record<keyof typeof anewEn, string> = {
  'anew.question': 'Den auch verloren?',
  'anew.title': 'Neu anfangen',
  'anew.lead': 'Wenn Passwort, Wiederherstellungscode und alle Geräte verloren sind.',
  'anew.warning':
    'Was bisher geschrieben wurde, ist für dich weg: Niemand kann es öffnen, auch nicht, wer den Server betreibt. Die anderen erfahren, dass du ein neues Konto hast, und Gruppen müssen dich wieder hinzufügen. Ist eines deiner Geräte noch angemeldet, nimm das: Es kann dieses hier verbinden.',
  'anew.code': 'Code vom Betreiber',
  'anew.code_hint': 'Wer diesen Server betreibt, macht ihn für deinen Benutzernamen. Er gilt einmal.',
  'anew.submit': 'Neu anfangen',
  'anew.refused':
    'Der Code gehört nicht zu diesem Benutzernamen, wurde schon benutzt oder ist zu alt. Bitte den Betreiber um einen neuen.',
  'anew.have_code': 'Code wiedergefunden?',
  'notice.begun_anew':
    'Der Server sagt, dass {person} die Schlüssel verloren hat und mit einem neuen Konto weitermacht. Die früheren Geräte können in anderen Händen sein.',
  'anew_bar.title': '{name} hat ein neues Konto',
  'anew_bar.text':
    'Hier liest sie oder er nicht mehr mit. Für das neue Konto bürgt nur der Server: Vergleiche dort eure Sicherheitsnummer.',
  'anew_bar.text_verified':
    'Das soll jemand sein, dessen Sicherheitsnummer du verglichen hattest, mit einem neuen Konto. Vergleiche sie wieder, bevor du ihm traust.',
  'anew_bar.write': '{name} schreiben',
  'accept_bar.title': 'Ist das {name}?',
  'accept_bar.text':
    'Mit dem früheren Konto von {name} hattest du die Sicherheitsnummer verglichen. Dies ist ein neues, für das nur der Server bürgt. Bis du wieder verglichen hast oder es so annimmst, kannst du hier nicht schreiben, und was du vorher geschrieben hast, wartet.',
  'accept_bar.accept': 'So annehmen',
  'accept_bar.compare': 'Sicherheitsnummern vergleichen',
  'member.former': 'Früheres Konto',
  'member.replace': 'Neues Konto hinzufügen',
  'failure.begun-anew': 'Dieses Konto kann niemand mehr öffnen. Schreib an das neue.',
};
