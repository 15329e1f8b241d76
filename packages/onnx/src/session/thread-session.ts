// First: the variable must be set in the process, which a thread's own copy of the environment is not.
import './telemetry.ts';
import { createRequire } from 'node:module';
import { startThread } from '@mfm/cli';
import type { HostTensors } from './host-tensor.ts';
import type { OnnxSession, SessionOptions } from './session.ts';
import type { OpenRequest, RunRequest } from './session-worker.ts';

/**
 * Like `openSession`, on a thread of its own: ONNX Runtime blocks the thread that calls it for as long as the model computes, so only then do
 * decoding, corrupting and other work of this thread go on meanwhile. Runs follow each other in the order of the calls. Feeds and results are
 * copied between the threads (0.2 ms per MB); writing into the caller's memory is not offered.
 *
 * @throws UserError as `openSession`
 */
export async function openSessionOnThread(
  model: string | Uint8Array,
  options: SessionOptions = {},
): Promise<OnnxSession> {
  // By the package's own name: the same file is found from the sources (tests) and from the build.
  const thread = startThread(createRequire(import.meta.url).resolve('@mfm/onnx/session-worker'));
  try {
    const opened = await thread.request<Pick<OnnxSession, 'inputs' | 'outputs' | 'metadata'>>('open', {
      model,
      options,
    } satisfies OpenRequest);
    return {
      ...opened,
      run(feeds, fetches) {
        if (fetches !== undefined && !Array.isArray(fetches)) {
          return Promise.reject(new Error('openSessionOnThread: outputs must be named, got memory to write them to.'));
        }
        return thread.request<HostTensors>('run', { feeds, fetches: fetches as RunRequest['fetches'] });
      },
      close: () => thread.close(),
    };
  } catch (error) {
    await thread.close();
    throw error;
  }
}
