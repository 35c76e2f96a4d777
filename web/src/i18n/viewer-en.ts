/** English: looking at photos and videos. */
export const viewerEn = {
  'viewer.label': 'Photos and videos from {name}',
  'viewer.photo': 'Photo from {name}',
  'viewer.video': 'Video from {name}',
  'viewer.place': '{number} of {count}',
  'viewer.previous': 'Previous',
  'viewer.next': 'Next',
  'viewer.enlarge': 'Enlarge',
  'viewer.whole': 'Show whole',
  'viewer.move': 'Arrow keys move the enlarged photo',
  'viewer.download': 'Download',
  'viewer.loading': 'Loading',
  'viewer.gone': 'This is no longer available.',
  'viewer.failed': 'This cannot be loaded now. It is tried again when you are connected.',
  'viewer.unplayable': 'This browser cannot play this video. Download it to see it.',
} as const;
