/** A recovery code, large, with ways to save it. */
import { Copy, Download, Printer } from 'lucide-react';
import { useT } from '../../i18n';
import { Button } from '../../ui/Button';
import { useToast } from '../../ui/Toast';

interface CodeToSaveProps {
  code: string;
  username: string;
  /** The page can be printed, because nothing else is on it. */
  printable?: boolean;
}

function download(username: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `sealpost-recovery-code-${username}.txt`;
  link.click();
  URL.revokeObjectURL(url);
}

export function CodeToSave({ code, username, printable = false }: CodeToSaveProps) {
  const t = useT();
  const toast = useToast();

  async function copy() {
    await navigator.clipboard.writeText(code);
    toast(t('recovery_code.copied'));
  }

  return (
    <>
      <p
        role="img"
        aria-label={t('recovery_code.label', { code })}
        className="grid select-all grid-cols-[repeat(auto-fill,minmax(4.5rem,1fr))] gap-x-3 gap-y-2 rounded-row border border-line bg-raised px-5 py-4 text-center font-medium font-mono text-[1.0625rem] tracking-wider"
      >
        {code.split('-').map((group, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: groups may repeat and never move
          <span key={index}>{group}</span>
        ))}
      </p>
      <p className="hidden print:block">{t('recovery_code.for', { username })}</p>
      <div className="flex flex-wrap gap-2 print:hidden">
        <Button look="outline" className="flex-1" icon={<Copy size={17} aria-hidden />} onClick={copy}>
          {t('recovery_code.copy')}
        </Button>
        <Button
          look="outline"
          className="flex-1"
          icon={<Download size={17} aria-hidden />}
          onClick={() => download(username, `${t('recovery_code.for', { username })}\n${code}\n`)}
        >
          {t('recovery_code.download')}
        </Button>
        {printable && (
          <Button
            look="outline"
            className="flex-1"
            icon={<Printer size={17} aria-hidden />}
            onClick={() => window.print()}
          >
            {t('recovery_code.print')}
          </Button>
        )}
      </div>
    </>
  );
}
