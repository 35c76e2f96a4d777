/** Where a recovery code is typed. */
import { useT } from '../../i18n';
import { TextField } from '../../ui/TextField';

interface CodeFieldProps {
  label: string;
  value: string;
  onChange: (code: string) => void;
  /** It is not the one that was shown. */
  wrong?: boolean;
  autoFocus?: boolean;
}

export function CodeField({ label, value, onChange, wrong, autoFocus }: CodeFieldProps) {
  const t = useT();
  return (
    <TextField
      label={label}
      error={wrong ? t('recovery_code.wrong') : undefined}
      hint={t('recover.code_hint')}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      autoComplete="off"
      autoCapitalize="characters"
      spellCheck={false}
      className="font-mono"
      autoFocus={autoFocus}
      required
    />
  );
}
