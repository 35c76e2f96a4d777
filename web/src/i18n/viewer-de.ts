import type { viewerEn } from './viewer-en';

/** Deutsch: Fotos und Videos ansehen. */
export const viewerDe: Record<keyof typeof viewerEn, string> = {
  'viewer.label': 'Fotos und Videos von {name}',
  'viewer.photo': 'Foto von {name}',
  'viewer.video': 'Video von {name}',
  'viewer.place': '{number} von {count}',
  'viewer.previous': 'Zurück',
  'viewer.next': 'Weiter',
  'viewer.enlarge': 'Vergrößern',
  'viewer.whole': 'Ganz zeigen',
  'viewer.move': 'Pfeiltasten verschieben das vergrößerte Foto',
  'viewer.download': 'Herunterladen',
  'viewer.loading': 'Wird geladen',
  'viewer.gone': 'Das ist nicht mehr verfügbar.',
  'viewer.failed': 'Das lässt sich gerade nicht laden. Es wird wieder versucht, wenn du verbunden bist.',
  'viewer.unplayable': 'Dieser Browser kann dieses Video nicht abspielen. Lade es herunter, um es anzusehen.',
};
