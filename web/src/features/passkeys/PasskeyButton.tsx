/** Asks for a passkey and hands on what its authenticator gives. */
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../ui/Button';
import { askForPasskey, type Problem } from './webauthn';

interface PasskeyButtonProps {
  label: string;
  busyLabel?: string;
  look: 'outline' | 'quiet';
  className?: string;
  onAsk: () => void;
  onProblem: (problem: Problem) => void;
  onSecret: (secret: string) => Promise<void>;
}

export function PasskeyButton(props: PasskeyButtonProps) {
  const { label, busyLabel = label, look, className, onAsk, onProblem, onSecret } = props;
  const [busy, setBusy] = useState(false);

  async function press() {
    setBusy(true);
    onAsk();
    const asked = await askForPasskey();
    if (asked.ok) await onSecret(asked.passkey.secret);
    else onProblem(asked.problem);
    setBusy(false);
  }

  return (
    <Button
      look={look}
      className={className}
      busy={busy}
      icon={<KeyRound size={18} aria-hidden />}
      onClick={press}
    >
      {busy ? busyLabel : label}
    </Button>
  );
}
