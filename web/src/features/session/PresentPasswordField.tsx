/** The password that the account has now, typed once more by who changes something that takes it. */
import { useT } from '../../i18n';
import { TextField } from '../../ui/TextField';

interface PresentPasswordFieldProps {
  label: string;
  value: string;
  onChange: (password: string) => void;
  /** It was not the account's. */
  wrong: boolean;
  autoFocus?: boolean;
}

export function PresentPasswordField({
  label,
  value,
  onChange,
  wrong,
  autoFocus = false,
}: PresentPasswordFieldProps) {
  const t = useT();
  return (
    <TextField
      label={label}
      type="password"
      error={wrong ? t('change_password.wrong') : undefined}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      autoComplete="current-password"
      autoFocus={autoFocus}
      required
    />
  );
}
