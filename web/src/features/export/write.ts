/** Makes the file of an export: asks the client for piece after piece, and puts them together. */
import type { Client } from '../../sdk/client';
import type { ExportForm, ExportPart, Person } from '../../sdk/types';
import { PageFile } from './page';

export interface Wanted {
  /** In the order in which they stand in the file. */
  conversations: string[];
  form: ExportForm;
  /** Also messages that disappear. */
  disappearing: boolean;
  me: Person;
}

export interface Exported {
  file: Blob;
  name: string;
  /** How many messages and events are in it. */
  items: number;
  /** How many messages that disappear are not. */
  leftOut: number;
  /** Something was still on its way to this device. */
  incomplete: boolean;
}

class JsonFile {
  #parts: string[] = [];

  add({ content }: ExportPart): void {
    if (content.content === 'text') this.#parts.push(content.text);
  }

  async finish(): Promise<Blob> {
    return new Blob(this.#parts, { type: 'application/json' });
  }
}

/** `sealpost-2026-11-30.html`, by the day here. */
function nameOf(form: ExportForm): string {
  const now = new Date();
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()];
  const written = day.map((part) => String(part).padStart(2, '0')).join('-');
  return `sealpost-${written}.${form === 'json' ? 'json' : 'html'}`;
}

/**
 * Exports chats; rejects with a failure. `onItems` is told how many messages and events are in it so far. Gives nothing
 * if it was called off.
 */
export async function writeExport(
  client: Client,
  wanted: Wanted,
  onItems: (items: number) => void,
  signal: AbortSignal,
): Promise<Exported | undefined> {
  const { conversations, form, disappearing, me } = wanted;
  const file = form === 'json' ? new JsonFile() : new PageFile(me);
  const made = { items: 0, leftOut: 0, incomplete: false };
  let after: string | null = null;
  do {
    const answer = await client.command({ command: 'read_export', conversations, form, disappearing, after });
    if (signal.aborted || answer.answer !== 'export_part') return undefined;
    file.add(answer);
    made.items += answer.items;
    made.leftOut += answer.chat?.left_out ?? 0;
    made.incomplete ||= answer.chat?.incomplete ?? false;
    onItems(made.items);
    after = answer.next;
  } while (after !== null);
  return { file: await file.finish(), name: nameOf(form), ...made };
}
