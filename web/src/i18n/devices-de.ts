import type { devicesEn } from './devices-en';

/** Deutsch: die Geräte, ein neues verbinden, eines entfernen. */
export const devicesDe: Record<keyof typeof devicesEn, string> = {
  'devices.title': 'Geräte',
  'devices.unknown': 'Gerät ohne Namen',
  'devices.this': 'Dieses Gerät',
  'devices.new': 'Neu',
  'devices.active': 'Gerade aktiv',
  'devices.seen': 'Zuletzt gesehen {when}',
  'devices.never_seen': 'Noch nicht gesehen',
  'devices.added': 'Hinzugefügt {when}',
  'devices.rename': '{name} umbenennen',
  'devices.rename_title': 'Gerät umbenennen',
  'devices.rename_submit': 'Namen sichern',
  'devices.name': 'Name',
  'devices.name_hint': 'Nur du siehst ihn, auf allen deinen Geräten.',
  'devices.remove': '{name} entfernen',
  'devices.remove_others': 'Alle anderen Geräte entfernen',
  'devices.remove_text':
    'Es wird sofort abgemeldet und löscht sich, sobald es den Server erreicht. Nichts, was darauf ist, kann danach etwas Neues lesen, und deine anderen Geräte bekommen neue Schlüssel.',
  'devices.remove_others_text':
    'Sie werden sofort abgemeldet und löschen sich, sobald sie den Server erreichen. Nichts, was darauf ist, kann danach etwas Neues lesen, und dieses Gerät bekommt neue Schlüssel.',
  'devices.remove_submit': 'Entfernen und löschen',
  'devices.removed': 'Entfernt.',
  'devices.by_code': 'Stattdessen den Wiederherstellungscode verwenden',
  'devices.by_password': 'Stattdessen das Passwort verwenden',

  'new_device.title': 'Neue Anmeldung an deinem Konto',
  'new_device.text': '{devices}: Wenn du das nicht warst, entferne es.',
  'new_device.mine': 'Das war ich',
  'new_device.look': 'Geräte ansehen',

  'link.title': 'Gerät verbinden',
  'link.how':
    'Öffne auf dem neuen Gerät die Adresse dieser Seite und wähle „Mit einem anderen Gerät verbinden“. Scanne dann den Code, den es zeigt, oder tippe ihn ein.',
  'link.no_camera': 'Die Kamera kann hier nicht verwendet werden. Tippe den Code ein.',
  'link.type': 'Oder den Code eintippen',
  'link.next': 'Weiter',
  'link.no_code': 'Das ist nicht der Code eines neuen Geräts: Er hat acht Buchstaben und Ziffern.',
  'link.unknown_code':
    'Mit diesem Code wartet kein Gerät. Sieh nach, ob das neue Gerät inzwischen einen anderen zeigt.',
  'link.used_code':
    'Dieser Code wurde schon verwendet. Das neue Gerät zeigt einen anderen, wenn du dort neu anfängst.',
  'link.expired_code': 'Dieser Code gilt nicht mehr. Das neue Gerät zeigt einen anderen.',
  'link.compare_title': 'Ziffern vergleichen',
  'link.compare': 'Zeigt das neue Gerät ({device}) dieselben Ziffern?',
  'link.compare_warning':
    'Bestätige nur ein Gerät, das du vor dir hast. Es bekommt dein ganzes Konto und den Verlauf.',
  'link.digits': 'Ziffern zum Vergleichen',
  'link.approve': 'Sie sind gleich: verbinden',
  'link.refuse': 'Sie sind verschieden',
  'link.done_title': 'Verbunden',
  'link.done': 'Das neue Gerät richtet sich jetzt ein. Gleich hat es deine Chats.',
  'link.failed_offline': 'Der Server ist nicht erreichbar. Versuch es noch einmal.',
  'link.failed_expired': 'Es hat zu lange gedauert. Fang auf dem neuen Gerät neu an.',
  'link.failed_refused': 'Das neue Gerät hat abgebrochen. War der Code richtig getippt? Fang dort neu an.',
  'link.failed_wrong_code': 'Das war nicht der Code, den das neue Gerät zeigt.',
  'link.failed_changed':
    'Unterwegs wurde etwas verändert, deshalb wurde nichts übergeben. Vielleicht steht jemand zwischen den Geräten: Versuch es in einem anderen Netz.',

  'link_here.link': 'Mit einem anderen Gerät verbinden',
  'link_here.question': 'Anderswo angemeldet?',
  'link_here.title': 'Dieses Gerät verbinden',
  'link_here.lead': 'Hol dein Konto und deine Chats von einem Gerät, auf dem du angemeldet bist.',
  'link_here.qr': 'Code zum Scannen mit deinem anderen Gerät',
  'link_here.or_type': 'oder dort diesen Code eintippen',
  'link_here.step_1': 'Öffne Sealpost auf deinem anderen Gerät.',
  'link_here.step_2': 'Wähle Einstellungen, dann „Gerät verbinden“.',
  'link_here.step_3': 'Scanne diesen Code und vergleiche die Ziffern.',
  'link_here.compare': 'Dein anderes Gerät zeigt auch Ziffern. Wenn sie gleich sind, bestätige es dort.',
  'link_here.approved': 'Bestätigt. Dieses Gerät wird eingerichtet …',
  'link_here.again': 'Neuen Code zeigen',
  'link_here.otherwise': 'Ohne anderes Gerät?',
  'link_here.failed_offline': 'Der Server ist nicht erreichbar. Versuch es noch einmal.',
  'link_here.failed_expired': 'Niemand hat den Code abgeholt.',
  'link_here.failed_refused': 'Dein anderes Gerät hat abgebrochen.',
  'link_here.failed_wrong_code':
    'Auf dem anderen Gerät wurde ein falscher Code getippt. Versuch es mit einem neuen.',
  'link_here.failed_changed':
    'Unterwegs wurde etwas verändert, deshalb wurde dieses Gerät nicht verbunden. Vielleicht steht jemand zwischen den Geräten: Versuch es in einem anderen Netz.',
};
