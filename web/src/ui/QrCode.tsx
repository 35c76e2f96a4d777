/** A text as a code that a camera reads; always dark on white, as cameras want it. */
import { encodeQR } from 'qr';

export function QrCode({ text, label }: { text: string; label: string }) {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: 2 });
  const size = rows.length;
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className="w-full max-w-56 rounded-tight border border-line"
    >
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#1d1c19" />
    </svg>
  );
}
