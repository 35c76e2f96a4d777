/** Failures in words: what happened and what to do. */
import type { Failure } from '../sdk/types';
import { type MessageId, t } from '.';
import { en } from './en';

export function failureText(failure: Failure): string {
  if (failure.kind === 'rate-limited')
    return t('failure.rate-limited', { seconds: failure.retry_after ?? 60 });
  const id = `failure.${failure.kind}`;
  if (id in en) return t(id as MessageId);
  return t('failure.internal');
}
