/** Six digits that two devices show, in two groups. */
export function Digits({ digits, label }: { digits: string; label: string }) {
  return (
    <p
      role="img"
      aria-label={`${label}: ${digits.split('').join(' ')}`}
      className="rounded-bubble bg-accent-soft px-4 py-5 text-center font-mono text-[2rem] text-ink tabular-nums tracking-[0.12em]"
      dir="ltr"
    >
      {digits.slice(0, 3)} {digits.slice(3)}
    </p>
  );
}
