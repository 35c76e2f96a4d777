/** Where one types who one is. */
import { useT } from '../../i18n';
import { TextField } from '../../ui/TextField';

interface UsernameFieldProps {
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  error?: string | undefined;
}

export function UsernameField({ value, onChange, hint, error }: UsernameFieldProps) {
  const t = useT();
  return (
    <TextField
      label={t('field.username')}
      hint={hint}
      error={error}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
      required
    />
  );
}
