import type { Catalogue } from '.';
import { anewDe } from './anew-de';
import { aroundDe } from './around-de';
import { devicesDe } from './devices-de';
import { lockDe } from './lock-de';
import { mediaDe } from './media-de';
import { messagesDe } from './messages-de';
import { passkeysDe } from './passkeys-de';
import { viewerDe } from './viewer-de';
import { voiceDe } from './voice-de';

export const de: Catalogue = {
  ...anewDe,
  ...aroundDe,
  ...devicesDe,
  ...lockDe,
  ...mediaDe,
  ...messagesDe,
  ...passkeysDe,
  ...viewerDe,
  ...voiceDe,

  'app.name': 'Sealpost',
  'app.title_unread': '({count}) {title}',
  'app.title_page': '{page} · Sealpost',
  'app.title_chat': 'Chat',
  'app.title_join': 'Einladungslink',

  'broken.title': 'Hier ging etwas kaputt',
  'broken.text':
    'Deine Nachrichten sind sicher. Lade neu, um weiterzumachen; passiert es wieder, sag dem Betreiber dieses Servers Bescheid.',

  'blocked.insecure_title': 'Diese Adresse ist nicht sicher',
  'blocked.insecure_text':
    'Sealpost braucht eine sichere Verbindung, um deine Schlüssel aufzubewahren. Öffne es über https:// oder, auf dem Rechner, auf dem es läuft, über http://localhost. Wenn du es betreibst: Schalte TLS in der Konfiguration ein.',
  'blocked.browser_title': 'Dieser Browser ist zu alt',
  'blocked.browser_text':
    'Sealpost braucht eine aktuelle Version von Chrome, Edge, Firefox oder Safari. Aktualisiere ihn und komm wieder.',
  'blocked.client_title': 'Sealpost konnte nicht starten',
  'blocked.client_text':
    'Etwas in diesem Browser hat verhindert, dass der Speicher geöffnet wird. Schließe andere Sealpost-Tabs und lade neu.',

  'entry.promise':
    'Ende-zu-Ende-verschlüsselt und post-quantensicher. Wer diesen Server betreibt, kann nicht lesen, was du schreibst.',

  'field.username': 'Benutzername',
  'field.display_name': 'Name',
  'field.password': 'Passwort',
  'field.new_password': 'Neues Passwort',
  'field.invite': 'Einladung',
  'field.recovery_code': 'Wiederherstellungscode',
  'field.group_name': 'Name der Gruppe',
  'field.show_password': 'Passwort zeigen',

  'sign_in.title': 'Willkommen zurück',
  'sign_in.lead': 'Melde dich auf diesem Gerät an.',
  'sign_in.submit': 'Anmelden',
  'sign_in.busy': 'Anmeldung läuft …',
  'sign_in.no_account': 'Neu hier?',
  'sign_in.to_sign_up': 'Konto anlegen',
  'sign_in.forgotten': 'Passwort vergessen?',
  'sign_in.to_recover': 'Wiederherstellungscode benutzen',

  'sign_up.title': 'Konto anlegen',
  'sign_up.lead': 'Ein Benutzername und ein Passwort. Keine Telefonnummer, keine E-Mail.',
  'sign_up.display_name_hint': 'Was andere sehen. Jeder Name ist möglich.',
  'sign_up.username_hint': '3 bis 32 Buchstaben a bis z, Ziffern, _ oder . Darüber findet man dich.',
  'sign_up.submit': 'Konto anlegen',
  'sign_up.busy': 'Deine Schlüssel entstehen …',
  'sign_up.have_account': 'Schon ein Konto?',
  'sign_up.to_sign_in': 'Anmelden',

  'recover.title': 'Neues Passwort setzen',
  'recover.lead':
    'Dein Wiederherstellungscode öffnet dein Konto. Alle Geräte werden dabei abgemeldet. Passkeys bleiben: Sieh sie dir in den Einstellungen an.',
  'recover.code_hint': 'Leerzeichen, Striche und Großschreibung spielen keine Rolle.',
  'recover.submit': 'Passwort setzen und anmelden',
  'recover.busy': 'Wird gesetzt …',
  'recover.remembered': 'Wieder eingefallen?',
  'recover.to_sign_in': 'Anmelden',

  'password.advice': 'Ein paar Wörter, die nicht zusammengehören, sind gut und leicht zu merken.',
  'password.good': 'Gutes Passwort.',
  'password.very_good': 'Sehr gutes Passwort.',
  'password.hint.too_short': 'Zu kurz: Nimm mindestens 8 Zeichen.',
  'password.hint.common': 'Zu verbreitet: Andere benutzen es auch. Nimm etwas Eigenes.',
  'password.hint.personal': 'Zu nah an deinem Namen. Nimm etwas anderes.',
  'password.hint.pattern':
    'Zu leicht zu erraten: Daten, Wiederholungen und Tastenreihen werden zuerst probiert.',
  'password.hint.add_words': 'Noch nicht: Nimm ein oder zwei Wörter dazu.',

  'signed_out.session_ended': 'Du wurdest auf diesem Gerät abgemeldet. Melde dich wieder an.',
  'signed_out.device_removed':
    'Ein anderes deiner Geräte hat dieses aus deinem Konto entfernt. Alles darauf wurde gelöscht.',
  'signed_out.database_damaged':
    'Der Speicher dieses Geräts war beschädigt und wurde beiseitegelegt. Melde dich an, um neu zu beginnen; deine anderen Geräte sind nicht betroffen.',

  'recovery_code.title': 'Sichere deinen Wiederherstellungscode',
  'recovery_code.lead': 'Wenn du dein Passwort vergisst, öffnet nur dieser Code dein Konto wieder.',
  'recovery_code.label': 'Wiederherstellungscode: {code}',
  'recovery_code.for': 'Sealpost-Wiederherstellungscode für @{username}',
  'recovery_code.copy': 'Kopieren',
  'recovery_code.copied': 'Kopiert. Leere die Zwischenablage, wenn du ihn gesichert hast.',
  'recovery_code.download': 'Speichern',
  'recovery_code.print': 'Drucken',
  'recovery_code.warning':
    'Bewahre ihn dort auf, wo nur du ihn findest. Niemand kann ihn dir noch einmal schicken, auch nicht der Betreiber.',
  'recovery_code.saved': 'Ich habe ihn gesichert',
  'recovery_code.later': 'Später',
  'recovery_code.again_title': 'Gib ihn noch einmal ein',
  'recovery_code.again_lead': 'Damit wir beide wissen, dass er gesichert ist.',
  'recovery_code.confirm': 'Bestätigen',
  'recovery_code.show_again': 'Code noch einmal zeigen',
  'recovery_code.wrong': 'Das ist nicht dein Code. Vergleiche ihn mit dem gesicherten.',
  'recovery_code.confirmed': 'Dein Wiederherstellungscode ist gesichert.',
  'recovery_code.banner_title': 'Sichere deinen Wiederherstellungscode',
  'recovery_code.banner_text': 'Vor deinem zweiten Chat nötig.',

  'nav.back': 'Zurück zu den Chats',

  'list.label': 'Chats und Suche',
  'list.chats': 'Chats',
  'list.search': 'Chats und Leute suchen',
  'list.clear_search': 'Suche leeren',
  'list.settings': 'Einstellungen',
  'list.unread': '{count, plural, one {# ungelesene Nachricht} other {# ungelesene Nachrichten}}',
  'list.draft': 'Entwurf:',
  'list.preview': '{sender}: {text}',
  'list.joining': 'Wird auf diesem Gerät vorbereitet …',
  'list.no_messages': 'Noch keine Nachrichten',
  'list.empty_title': 'Noch keine Chats',
  'list.empty_text': 'Finde jemanden über den Benutzernamen und sag hallo.',
  'list.empty_action': 'Chat beginnen',

  'welcome.title': 'Willkommen bei Sealpost',

  'nothing_open.title': 'Wähle einen Chat',
  'nothing_open.text': 'Oder beginne einen neuen mit dem Stift über der Liste.',

  'people.heading': 'Leute',
  'people.search': 'Leute suchen',
  'people.search_hint': 'Der Anfang eines Namens oder Benutzernamens.',
  'people.none':
    'Niemandes Name beginnt mit „{prefix}“. Prüfe die Schreibweise oder frag nach dem Benutzernamen.',
  'people.chosen': 'Ausgewählt',
  'people.remove': '{name} entfernen',

  'new_chat.title': 'Neuer Chat',
  'new_group.title': 'Neue Gruppe',
  'new_group.next': 'Weiter',
  'new_group.back': 'Zurück',
  'new_group.name_title': 'Wie heißt die Gruppe?',
  'new_group.name_hint': 'Nur Mitglieder können ihn lesen.',
  'new_group.with': 'Mit {names}.',
  'new_group.create': 'Gruppe anlegen',

  'conversation.details': 'Details von {name}',
  'conversation.encrypted': 'Ende-zu-Ende-verschlüsselt',
  'conversation.group_encrypted':
    '{count, plural, one {# Mitglied} other {# Mitglieder}}, Ende-zu-Ende-verschlüsselt',
  'conversation.joining': 'Dieses Gerät wird eingelassen. Gleich kannst du hier schreiben.',
  'conversation.ended': 'In diesem Chat kann nichts gesendet werden.',
  'conversation.missing_title': 'Diesen Chat gibt es hier nicht',
  'conversation.missing_text': 'Vielleicht gehört er zu einem anderen Konto, oder der Link ist falsch.',
  'conversation.missing_action': 'Zu deinen Chats',

  'timeline.label': 'Nachrichten mit {name}',
  'timeline.empty': 'Noch nichts hier. Sag hallo.',
  'timeline.new_messages': 'Neue Nachrichten',
  'timeline.to_newest': 'Zur neuesten springen',
  'timeline.to_newest_count':
    '{count, plural, one {Zur neuesten springen, # neue Nachricht} other {Zur neuesten springen, # neue Nachrichten}}',
  'timeline.unsupported':
    'Diese Art von Nachricht kann hier noch nicht gezeigt werden. Aktualisiere Sealpost, um sie zu sehen.',
  'timeline.failed': 'Nicht gesendet.',
  'timeline.failed_only_admins': 'Nicht gesendet: Hier schreiben nur Admins.',
  'timeline.failed_not_member': 'Nicht gesendet: Dieses Gerät ist nicht mehr in diesem Chat.',
  'timeline.failed_stopped': 'Nicht gesendet: Dieser Chat wurde angehalten.',
  'timeline.failed_too_large': 'Nicht gesendet: Sie ist zu lang.',
  'timeline.failed_not_allowed': 'Nicht gesendet: Du darfst hier nicht schreiben.',
  'timeline.failed_not_encrypted': 'Nicht gesendet: Dieses Gerät konnte sie nicht verschlüsseln.',
  'timeline.failed_too_old':
    'Nicht von selbst noch einmal gesendet: Ob sie gesendet wurde, weiß niemand mehr.',
  'timeline.failed_refused': 'Nicht gesendet: Der Server hat sie nicht angenommen.',
  'timeline.retry': 'Wiederholen',
  'timeline.delete': 'Löschen',

  'notice.created': '{by} hat diesen Chat begonnen',
  'notice.added': '{by} hat {people} hinzugefügt',
  'notice.removed': '{by} hat {people} entfernt',
  'notice.reset':
    '{by} hat diesen Chat neu begonnen: Was hier ist, bleibt, und was der Server verloren hatte, wird noch einmal gesendet.',
  'notice.device_joined':
    'Dieses Gerät ist beigetreten. Was kurz davor geschrieben wurde, fehlt hier vielleicht.',
  'notice.missed':
    'Was hier zwischen {from} und {until} geschrieben wurde, hat dieses Gerät vielleicht nicht erreicht.',
  'notice.left': 'Dieses Gerät ist nicht mehr in diesem Chat.',
  'notice.unreadable_newer': 'Eine Nachricht braucht eine neuere Version dieser App.',
  'notice.unreadable_malformed': 'Eine Nachricht konnte nicht gelesen werden: Diese App versteht sie nicht.',
  'notice.unreadable_undecryptable':
    'Eine Nachricht konnte nicht gelesen werden: Sie passt nicht zu den Schlüsseln dieses Geräts.',
  'notice.stopped_log': 'Hier wird nichts mehr gesendet: Der Server zeigte einen anderen Verlauf als zuvor.',
  'notice.stopped_identity':
    'Hier wird nichts mehr gesendet: Der Identitätsschlüssel eines Mitglieds ist nicht der bisher bekannte.',
  'notice.stopped_device':
    'Hier wird nichts mehr gesendet: Ein Gerät nimmt teil, das auf keiner Geräteliste seines Besitzers steht.',
  'notice.stopped_begun_anew':
    'Hier wird nichts mehr gesendet: Dieser Chat wurde neu begonnen, und diese Version der App kann dem nicht folgen.',
  'notice.stopped_other_group':
    'Hier wird nichts mehr gesendet: Der Server bot die Schlüssel eines anderen Chats an.',
  'notice.stopped_rule':
    'Hier wird nichts mehr gesendet: Eine Änderung verstieß gegen die Regeln dieses Chats und wurde abgelehnt.',
  'notice.went_on': 'Der Server zeigt hier jetzt einen anderen Verlauf, und der Chat geht damit weiter.',
  'notice.other_log':
    '{person} sah einen anderen Verlauf dieses Chats als du. Vielleicht zeigt der Server allen Verschiedenes.',
  'notice.other_devices':
    'Der Server zeigt dir andere Geräte von {person}, als deren eigene Geräte sehen. Vergleicht eure Sicherheitsnummer, bevor du diesem Chat traust.',
  'notice.not_done_add': 'Nicht gelungen: {people} hinzufügen',
  'notice.not_done_remove': 'Nicht gelungen: {people} entfernen',
  'notice.not_done_admin_made': 'Nicht gelungen: {person} Adminrechte geben',
  'notice.not_done_admin_unmade': 'Nicht gelungen: {person} die Adminrechte nehmen',
  'notice.not_done_policy': 'Nicht gelungen: ändern, was Mitglieder dürfen',
  'notice.not_done_name': 'Der Name konnte nicht geändert werden',
  'notice.not_done_description': 'Die Beschreibung konnte nicht geändert werden',
  'notice.not_done_picture': 'Das Bild konnte nicht geändert werden',
  'notice.not_done_timer': 'Die Zeit, nach der Nachrichten verschwinden, konnte nicht geändert werden',
  'notice.not_done_link': 'Der Einladungslink konnte nicht geändert werden',
  'details.waiting_add': 'Wird hinzugefügt',
  'details.waiting_remove': 'Wird entfernt',
  'details.waiting_role': 'Wartet auf das Senden',
  'notice.departed': '{person} ist gegangen',
  'notice.joined_by_link': '{person} kam über einen Einladungslink',
  'notice.renamed': '{by} hat die Gruppe „{name}“ genannt',
  'notice.description_changed': '{by} hat die Beschreibung geändert',
  'notice.picture_changed': '{by} hat das Bild geändert',
  'notice.policy_changed': '{by} hat geändert, was Mitglieder dürfen',
  'notice.timer_on': '{by} lässt Nachrichten nach {time} verschwinden',
  'notice.timer_off': '{by} hat verschwindende Nachrichten ausgeschaltet',
  'notice.admins_made': '{by} hat {people} Adminrechte gegeben',
  'notice.admins_unmade': '{by} hat {people} die Adminrechte genommen',
  'notice.not_added': '{people} ließ sich nicht hinzufügen: Nicht jeder darf das',

  'ticks.pending': 'Wartet auf das Senden',
  'ticks.sent': 'Gesendet',
  'ticks.delivered': 'Zugestellt',
  'ticks.read': 'Gelesen',
  'ticks.failed': 'Nicht gesendet',

  'composer.label': 'Nachricht an {name}',
  'composer.send': 'Senden',

  'connection.connecting': 'Verbinden …',
  'connection.catching_up': 'Neue Nachrichten werden geholt …',
  'connection.offline': 'Offline: Nachrichten werden gesendet, sobald du wieder verbunden bist.',
  'connection.update_needed': 'Es gibt eine neue Version. Lade neu, um weiterzumachen.',
  'connection.short.connecting': 'Verbinden …',
  'connection.short.catching_up': 'Neue Nachrichten werden geholt …',
  'connection.short.offline': 'Offline: wird später gesendet',
  'connection.short.update_needed': 'Für die neue Version neu laden',
  'connection.reload': 'Neu laden',

  'details.title': 'Details',
  'details.members': '{count, plural, one {# Mitglied} other {# Mitglieder}}',
  'details.people': 'Mitglieder',
  'details.encrypted': 'Ende-zu-Ende-verschlüsselt.',
  'details.encrypted_post_quantum':
    'Nur die Leute in diesem Chat können ihn lesen, und auch künftige Rechner öffnen nicht, was heute mitgeschnitten wird (post-quantensicher).',
  'details.encrypted_classic': 'Nur die Leute in diesem Chat können ihn lesen.',
  'details.add': 'Leute hinzufügen',
  'details.add_chosen':
    '{count, plural, =0 {Hinzufügen} one {# Person hinzufügen} other {# Leute hinzufügen}}',
  'details.you': 'Du',
  'details.admin': 'Admin',

  'settings.title': 'Einstellungen',
  'settings.look': 'Aussehen',
  'settings.theme': 'Farben',
  'settings.language': 'Sprache',
  'settings.system': 'System',
  'settings.light': 'Hell',
  'settings.dark': 'Dunkel',
  'settings.device': 'Dieses Gerät',
  'settings.sign_out': 'Abmelden',

  'storage.kept': 'Deine Nachrichten bleiben verschlüsselt in diesem Browser, bis du dich abmeldest.',
  'storage.may_be_cleared':
    'Deine Nachrichten liegen verschlüsselt in diesem Browser, doch er darf sie löschen, wenn der Platz knapp wird. Sealpost zu installieren oder als Lesezeichen zu speichern kann helfen.',
  'storage.unknown':
    'Deine Nachrichten liegen verschlüsselt in diesem Browser. Er sagt nicht, ob er sie löschen darf.',
  'storage.memory':
    'Dieses Fenster behält nichts: Wird es geschlossen, ist dieses Gerät abgemeldet. Private Fenster mancher Browser tun das; nimm ein normales Fenster, um angemeldet zu bleiben.',
  'storage.ask': 'Um Behalten bitten',

  'sign_out.explain':
    'Abmelden löscht Nachrichten und Schlüssel auf diesem Gerät. Deine anderen Geräte behalten ihre.',
  'sign_out.here': 'Hier abmelden',
  'sign_out.here_title': 'Auf diesem Gerät abmelden?',
  'sign_out.here_text': 'Alle Nachrichten und Schlüssel auf diesem Gerät werden gelöscht.',
  'sign_out.history_kept':
    'Dein Verlauf bleibt versiegelt auf dem Server und kommt zurück, wenn du dich wieder anmeldest.',
  'sign_out.history_partly':
    'Dein Verlauf bleibt versiegelt auf dem Server. Das Neueste ist noch nicht dort: Was auf keinem anderen Gerät ist, geht vielleicht verloren.',
  'sign_out.history_gone':
    'Der Server bewahrt keinen Verlauf von dir auf: Was auf keinem anderen Gerät ist, ist endgültig weg.',
  'sign_out.confirm': 'Abmelden und löschen',

  'dialog.close': 'Schließen',
  'dialog.cancel': 'Abbrechen',

  'keys.title': 'Tastatur',
  'keys.search': 'Chats, Leute und Nachrichten finden',
  'keys.previous': 'Voriger Chat',
  'keys.next': 'Nächster Chat',
  'keys.send': 'Senden',
  'keys.break': 'Neue Zeile',
  'keys.close': 'Schließen',
  'keys.help': 'Diese Tasten zeigen',

  'date.today': 'Heute',
  'date.yesterday': 'Gestern',

  'failure.offline': 'Der Server ist nicht erreichbar. Prüfe die Verbindung und versuch es noch einmal.',
  'failure.interrupted': 'Der Tab, der das tat, wurde geschlossen. Versuch es noch einmal.',
  'failure.wrong-credentials': 'Das passt nicht zusammen. Prüfe den Benutzernamen und deine Eingabe.',
  'failure.username-taken': 'Dieser Benutzername ist vergeben. Versuch einen anderen.',
  'failure.invalid-username': 'Nimm 3 bis 32 Zeichen: Buchstaben a bis z, Ziffern, _ und Punkt.',
  'failure.invalid-name': 'Nimm 1 bis 64 Zeichen.',
  'failure.invalid-picture': 'Dieses Bild geht nicht. Nimm ein JPEG, PNG oder WebP.',
  'failure.guessable-password': 'Dieses Passwort ist zu leicht zu erraten. Nimm ein oder zwei Wörter dazu.',
  'failure.needs-new-code':
    'Ersetze zuerst deinen Wiederherstellungscode: Der jetzige ist von einer früheren Version und bliebe nicht gültig.',
  'failure.wrong-code': 'Das ist nicht der Wiederherstellungscode. Vergleiche ihn mit dem gesicherten.',
  'failure.registration-closed':
    'Dieser Server ist nicht für alle offen. Hast du eine Einladung, gib sie unten ein; sonst frag, wer ihn betreibt.',
  'failure.confirm-code-first':
    'Sichere zuerst deinen Wiederherstellungscode: Er ist vor deinem zweiten Chat nötig.',
  'failure.rate-limited':
    '{seconds, plural, one {Zu viele Versuche. Warte eine Sekunde.} other {Zu viele Versuche. Warte # Sekunden.}}',
  'failure.message-too-large': 'Die Nachricht ist zu lang. Sende sie in Teilen.',
  'failure.too-large': 'Das ist zu groß. Sende weniger auf einmal.',
  'failure.not-found': 'Das gibt es nicht mehr.',
  'failure.signed-out': 'Du bist abgemeldet. Melde dich wieder an.',
  'failure.devices-changed':
    'Deine Geräte haben sich gerade geändert. Sieh die Liste noch einmal an und versuch es dann wieder.',
  'failure.device-revoked':
    'Dieses Gerät wurde aus deinem Konto entfernt. Melde dich wieder an, um es zu benutzen.',
  'failure.not-allowed': 'Das darfst du hier nicht. Frag einen Admin des Chats.',
  'failure.storage':
    'Dieses Gerät konnte das nicht speichern. Schaff etwas Platz und versuch es noch einmal.',
  'failure.unavailable': 'Der Server ist ausgelastet oder gestört. Versuch es gleich noch einmal.',
  'failure.internal': 'Etwas ging schief. Versuch es noch einmal; wenn es bleibt, lade die Seite neu.',
};
