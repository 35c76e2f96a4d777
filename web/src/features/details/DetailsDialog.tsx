/** Everything about a conversation: who is in it, how it is protected, and what can be set. */
import { useEffect, useRef, useState } from 'react';
import { useT } from '../../i18n';
import { useSnapshot } from '../../sdk/store';
import type { Details } from '../../sdk/types';
import { DialogSheet } from '../../ui/Dialog';
import { Modal } from '../../ui/Modal';
import { RowSkeleton } from '../../ui/Skeleton';
import { LinksSheet } from '../links/LinksSheet';
import { AddPeople } from './AddPeople';
import { EditGroup } from './EditGroup';
import { Overview } from './Overview';
import { Permissions } from './Permissions';
import { SafetyNumber } from './SafetyNumber';
import { ScanSafetyNumber } from './ScanSafetyNumber';
import { Timer } from './Timer';

/** What of the details is shown. */
export type View = 'overview' | 'add' | 'edit' | 'timer' | 'permissions' | 'links' | 'safety' | 'scan';

export interface SheetProps {
  details: Details;
  /** Whom it is about. */
  account?: string | undefined;
  onView: (view: View) => void;
  onBack: () => void;
  onClose: () => void;
}

const SHEETS = {
  add: AddPeople,
  edit: EditGroup,
  timer: Timer,
  permissions: Permissions,
  links: LinksSheet,
  safety: SafetyNumber,
  scan: ScanSafetyNumber,
};

interface DetailsDialogProps {
  conversation: string;
  onClose: () => void;
  /** Shown at first, and about whom. */
  view?: View;
  account?: string;
}

export function DetailsDialog({
  conversation,
  onClose,
  view: first = 'overview',
  ...about
}: DetailsDialogProps) {
  const t = useT();
  const details = useSnapshot({ type: 'details', conversation });
  const [view, setView] = useState<View>(first);
  const [account, setAccount] = useState(about.account);
  const content = useRef<HTMLDivElement>(null);
  const left = useRef<View>(undefined);

  useEffect(() => {
    // Back where one was: at what led to the part that was closed.
    if (view === 'overview' && left.current) {
      content.current?.querySelector<HTMLElement>(`[data-view=${left.current}]`)?.focus();
    }
    left.current = view;
  }, [view]);

  const back = () => setView(view === 'scan' ? 'safety' : 'overview');
  const verify = (whom: string) => {
    setAccount(whom);
    setView('safety');
  };
  const Sheet = view === 'overview' ? undefined : SHEETS[view];
  return (
    <Modal onCancel={view === 'overview' ? onClose : back} className="w-[30rem]">
      {details && Sheet ? (
        <Sheet details={details} account={account} onView={setView} onBack={back} onClose={onClose} />
      ) : (
        <DialogSheet title={t('details.title')} onClose={onClose}>
          <div ref={content}>
            {details ? (
              <Overview details={details} onView={setView} onVerify={verify} onClose={onClose} />
            ) : (
              <RowSkeleton />
            )}
          </div>
        </DialogSheet>
      )}
    </Modal>
  );
}
