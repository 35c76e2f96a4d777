/** What browsers say when the app can be installed; they say it once, soon after the page has loaded. */
interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

let offered: InstallPrompt | undefined;
const listeners = new Set<() => void>();

function changed(prompt: InstallPrompt | undefined): void {
  offered = prompt;
  for (const listener of listeners) listener();
}

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  changed(event as InstallPrompt);
});
addEventListener('appinstalled', () => changed(undefined));

export function installable(): boolean {
  return offered !== undefined;
}

export function onInstallable(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export async function install(): Promise<void> {
  const prompt = offered;
  changed(undefined);
  await prompt?.prompt();
}
