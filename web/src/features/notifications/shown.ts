/** The notifications that this tab shows, by what they are about. */
const shown = new Map<string, Notification>();

/** Keeps one that is shown, so that it can be taken back. */
export function keepNotification(conversation: string, notification: Notification): void {
  shown.set(conversation, notification);
}

export function takeBackNotification(conversation: string): void {
  shown.get(conversation)?.close();
  shown.delete(conversation);
}

/** Takes all back, those too that the service worker shows: whoever signs out or locks leaves nothing to read. */
export function takeBackNotifications(): void {
  for (const conversation of [...shown.keys()]) takeBackNotification(conversation);
  void navigator.serviceWorker?.getRegistration().then(async (worker) => {
    for (const notification of (await worker?.getNotifications()) ?? []) notification.close();
  });
}
