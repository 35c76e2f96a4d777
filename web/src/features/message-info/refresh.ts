import type { Outcome } from '../../sdk/store';
import type { Command } from '../../sdk/types';

/**
 * Asks the server when each member got and read a message, so that the snapshot has the times. Names the command in
 * one place; a client that does not know it yet refuses it, and the dialog shows what is known without times.
 */
export async function readMessageInfo(
  run: (command: Command) => Promise<Outcome>,
  conversation: string,
  key: string,
): Promise<void> {
  await run({ command: 'read_message_info', conversation, key } as unknown as Command);
}
