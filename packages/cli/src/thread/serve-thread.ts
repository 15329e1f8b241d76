import { parentPort, type TransferListItem } from 'node:worker_threads';
import { UserError } from '../user-error.ts';

/** Main thread to worker. */
export interface ThreadRequest {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

/** Worker to main thread. Structured cloning would lose an error's class, and with it whether the user is at fault. */
export type ThreadReply =
  | { readonly id: number; readonly result: unknown }
  | {
      readonly id: number;
      readonly error: { readonly message: string; readonly stack: string | undefined; readonly isUserError: boolean };
    };

/** A reply, and the buffers that move to the caller instead of being copied. */
export interface Answer {
  readonly result: unknown;
  readonly transfer?: readonly TransferListItem[];
}

/** What a thread can do, by name. */
export type ThreadMethods = Readonly<Record<string, (argument: never) => Answer | Promise<Answer>>>;

/**
 * Answers the requests of `startThread` on this thread, one at a time and in order.
 *
 * @param close gives back what the methods hold, after the last request
 */
export function serveThread(methods: ThreadMethods, close: () => Promise<void> = async () => {}): void {
  const port = parentPort!;
  let queue = Promise.resolve();
  let closing = false;
  const answer = async ({ id, method, argument }: ThreadRequest) => {
    if (closing) return;
    try {
      const { result, transfer = [] } = await methods[method]!(argument as never);
      port.postMessage({ id, result } satisfies ThreadReply, transfer);
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      const { message, stack } = error;
      port.postMessage({
        id,
        error: { message, stack, isUserError: error instanceof UserError },
      } satisfies ThreadReply);
    }
  };
  port.on('message', (message: ThreadRequest | 'close') => {
    if (message !== 'close') {
      queue = queue.then(() => answer(message));
      return;
    }
    // What is under way is finished: ending a thread with native work in flight is not safe.
    closing = true;
    queue = queue.then(close).then(() => port.close());
  });
}
