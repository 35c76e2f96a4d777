/** Files that are dragged over the window are put into the message that is written. */
import { Paperclip } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useT } from '../../i18n';

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

export function DropZone({ onFiles }: { onFiles: (files: File[]) => void }) {
  const t = useT();
  const [over, setOver] = useState(false);

  useEffect(() => {
    // Entering a part of the page comes before leaving the one around it.
    let depth = 0;
    function enter(event: DragEvent) {
      if (!hasFiles(event)) return;
      depth += 1;
      setOver(true);
    }
    function leave(event: DragEvent) {
      if (!hasFiles(event)) return;
      depth -= 1;
      if (depth <= 0) setOver(false);
    }
    function drop(event: DragEvent) {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      onFiles([...(event.dataTransfer?.files ?? [])]);
    }
    function allow(event: DragEvent) {
      if (hasFiles(event)) event.preventDefault();
    }
    const handlers = { dragenter: enter, dragleave: leave, dragover: allow, drop };
    for (const [name, handler] of Object.entries(handlers)) {
      addEventListener(name as 'drop', handler);
    }
    return () => {
      for (const [name, handler] of Object.entries(handlers)) removeEventListener(name as 'drop', handler);
    };
  }, [onFiles]);

  if (!over) return null;
  return (
    <div className="pointer-events-none fixed inset-3 z-10 flex animate-appear flex-col items-center justify-center gap-3 rounded-bubble border-2 border-accent border-dashed bg-accent-soft text-accent">
      <Paperclip size={32} aria-hidden />
      <p className="font-semibold">{t('media.drop')}</p>
    </div>
  );
}
