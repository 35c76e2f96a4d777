import type { voiceEn } from './voice-en';

/** Deutsch: Sprachnachrichten aufnehmen und abspielen. */
export const voiceDe: Record<keyof typeof voiceEn, string> = {
  'voice.message': 'Sprachnachricht von {name}',
  'voice.play': 'Abspielen',
  'voice.pause': 'Anhalten',
  'voice.position': 'Stelle',
  'voice.position_of': '{at} von {length}',
  'voice.speed': 'Tempo {speed}. Ändern',
  'voice.gone': 'Nicht mehr verfügbar',
  'voice.failed': 'Das lässt sich gerade nicht abspielen. Versuch es noch einmal.',

  'voice.recorder': 'Sprachnachricht',
  'voice.asking': 'Erlaube das Mikrofon…',
  'voice.recording': 'Aufnahme läuft',
  'voice.paused': 'Aufnahme angehalten',
  'voice.ended': 'Die Aufnahme ist zu Ende. Du kannst sie noch senden.',
  'voice.longest': 'Eine Sprachnachricht dauert höchstens eine Stunde. Diese kannst du senden.',
  'voice.pause_recording': 'Aufnahme anhalten',
  'voice.resume': 'Weiter aufnehmen',
  'voice.discard': 'Aufnahme verwerfen',
  'voice.send': 'Sprachnachricht senden',
  'voice.retry': 'Erneut versuchen',
  'voice.close': 'Schließen',
  'voice.denied':
    'Sealpost darf das Mikrofon nicht benutzen. Erlaube es in deinem Browser, neben der Adresse dieser Seite.',
  'voice.missing': 'Es wurde kein Mikrofon gefunden. Schließ eines an und versuch es noch einmal.',
  'voice.busy':
    'Das Mikrofon lässt sich nicht benutzen: Vielleicht hat es ein anderes Programm. Schließ das und versuch es noch einmal.',
  'voice.unsupported': 'Dieser Browser kann nicht aufnehmen. Aktualisiere ihn oder sende eine Audiodatei.',
  'voice.lost': 'Die Aufnahme lässt sich nicht lesen. Nimm sie noch einmal auf.',
};
