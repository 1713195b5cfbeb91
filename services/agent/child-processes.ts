import { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/**
 * Hear of every process that this one starts from now on.
 *
 * The framework keeps the objects of its job processes to itself, so they come from Node's own
 * diagnostics channel `child_process`, which announces each one as it is made.
 */
export function onChildProcess(handle: (child: ChildProcess) => void): { close(): void } {
  const onProcess = (message: unknown) => {
    const child =
      typeof message === 'object' && message !== null && 'process' in message
        ? message.process
        : undefined;
    if (child instanceof ChildProcess) handle(child);
  };
  subscribe('child_process', onProcess);
  return { close: () => void unsubscribe('child_process', onProcess) };
}
