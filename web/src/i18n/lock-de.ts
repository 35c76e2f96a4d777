import type { lockEn } from './lock-en';

export const lockDe: Record<keyof typeof lockEn, string> = {
  'lock.section': 'App-Sperre',
  'lock.explain':
    'Mit einer PIN oder Passphrase öffnet ohne sie niemand Sealpost, der sich hierher setzt. Sie wird verlangt, wenn die App startet und wenn sie sich gesperrt hat.',
  'lock.memory':
    'Hier gibt es nichts zu sperren: Dieser Browser behält nichts, wenn die Seite geschlossen ist.',
  'lock.set': 'PIN festlegen',
  'lock.change': 'PIN ändern',
  'lock.remove': 'PIN entfernen',
  'lock.set_done': 'Die PIN ist festgelegt.',
  'lock.change_done': 'Die PIN ist geändert.',
  'lock.remove_done': 'Die PIN ist entfernt.',
  'lock.set_explain':
    'Sie gilt nur für dieses Gerät. Niemand kann sie dir sagen: Vergisst du sie, muss dieses Gerät gelöscht werden, bevor du dich hier wieder anmelden kannst.',
  'lock.remove_explain': 'Danach kann jeder, der diesen Browser benutzt, Sealpost öffnen.',
  'lock.present': 'Jetzige PIN oder Passphrase',
  'lock.new': 'Neue PIN oder Passphrase',
  'lock.new_hint':
    'Mindestens 6 Ziffern oder Zeichen. Sechs Ziffern halten jemanden an diesem Gerät auf, ein paar ungewöhnliche Wörter auch jemanden, der seine Dateien kopiert.',
  'lock.again': 'Noch einmal dieselbe',
  'lock.differ': 'Die beiden sind verschieden. Tippe zweimal dasselbe.',
  'lock.after': 'Von selbst sperren, wenn unbenutzt seit',
  'lock.never': 'Nie, nur wenn sie geschlossen wird',
  'lock.minutes': '{minutes, plural, one {1 Minute} other {# Minuten}}',
  'lock.now': 'Jetzt sperren',

  'lock.title': 'Gesperrt',
  'lock.lead': 'Deine Chats auf diesem Gerät sind gesperrt.',
  'lock.pin': 'PIN oder Passphrase',
  'lock.open': 'Entsperren',
  'lock.opening': 'Wird entsperrt…',
  'lock.wait':
    '{seconds, plural, one {Zu viele falsche Versuche. In einer Sekunde geht es weiter.} other {Zu viele falsche Versuche. In # Sekunden geht es weiter.}}',
  'lock.forgotten': 'Vergessen?',
  'lock.erase': 'Dieses Gerät löschen',
  'lock.erase_title': 'Dieses Gerät löschen?',
  'lock.erase_text':
    'Alle Nachrichten und Schlüssel auf diesem Gerät werden gelöscht. Danach kannst du dich wieder anmelden oder es verbinden, und dein Verlauf kommt zurück, wenn du ihn auf dem Server behältst.',
  'lock.erase_after': 'Es bleibt in deiner Geräteliste, bis du es dort entfernst.',

  'failure.wrong-pin': 'Das ist sie nicht. Versuch es noch einmal.',
  'failure.pin-too-short': 'Nimm mindestens 6 Ziffern oder Zeichen.',
};
