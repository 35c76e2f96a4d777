/** The number of unread messages on the app's icon: in the tab, and on the installed app. */

const SIDE = 64;
const PLAIN = '/icon.svg';

let icon: Promise<HTMLImageElement> | undefined;
let wanted = 0;

function loadIcon(): Promise<HTMLImageElement> {
  icon ??= new Promise((resolve, reject) => {
    const image = new Image(SIDE, SIDE);
    image.onload = () => resolve(image);
    image.onerror = reject;
    image.src = PLAIN;
  });
  return icon;
}

function show(address: string): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  if (!link) return;
  link.type = address === PLAIN ? 'image/svg+xml' : 'image/png';
  link.href = address;
}

export async function badgeIcon(unread: number): Promise<void> {
  wanted = unread;
  if (unread > 0) void navigator.setAppBadge?.(unread).catch(() => {});
  else void navigator.clearAppBadge?.().catch(() => {});
  if (unread === 0) return show(PLAIN);
  const image = await loadIcon().catch(() => undefined);
  const canvas = document.createElement('canvas');
  canvas.width = SIDE;
  canvas.height = SIDE;
  const context = canvas.getContext('2d');
  if (!image || !context || wanted !== unread) return;
  context.drawImage(image, 0, 0, SIDE, SIDE);
  drawBadge(context, unread > 99 ? '99+' : String(unread));
  show(canvas.toDataURL('image/png'));
}

function drawBadge(context: CanvasRenderingContext2D, text: string): void {
  const height = 36;
  const width = Math.max(height, 16 + text.length * 16);
  const left = SIDE - width;
  context.beginPath();
  context.roundRect(left, SIDE - height, width, height, height / 2);
  context.fillStyle = '#c2542d';
  context.fill();
  context.fillStyle = '#ffffff';
  context.font = `700 ${text.length > 2 ? 22 : 28}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, left + width / 2, SIDE - height / 2 + 2);
}
