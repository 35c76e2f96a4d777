import { afterEach, expect, it, vi } from 'vitest';
import { startClient } from './start';

afterEach(() => vi.unstubAllGlobals());

it('ends a worker that broke, so that another tab can take over, and says why', () => {
  const terminate = vi.fn();
  let broke: EventTarget | undefined;
  vi.stubGlobal(
    'Worker',
    class extends EventTarget {
      terminate = terminate;
      constructor() {
        super();
        broke = this;
      }
    },
  );
  const failed = vi.fn();
  startClient({ failed, leave: () => {} });
  expect(terminate).not.toHaveBeenCalled();
  broke?.dispatchEvent(Object.assign(new Event('error'), { message: 'unreachable executed' }));
  expect(terminate).toHaveBeenCalledOnce();
  expect(failed).toHaveBeenCalledWith('unreachable executed');
});
