import { serveThread } from '@mfm/cli';
import type { HostTensors } from './host-tensor.ts';
import { type OnnxSession, openSession, type SessionOptions } from './session.ts';

// Entry of a session's thread, reached as the package's subpath `./session-worker`.

/** To the thread: what to load. */
export interface OpenRequest {
  readonly model: string | Uint8Array;
  readonly options: SessionOptions;
}

/** To the thread: one run. */
export interface RunRequest {
  readonly feeds: HostTensors;
  readonly fetches: readonly string[] | undefined;
}

let session: OnnxSession | undefined;

serveThread(
  {
    async open({ model, options }: OpenRequest) {
      session = await openSession(model, options);
      const { inputs, outputs, metadata } = session;
      return { result: { inputs, outputs, metadata } };
    },
    async run({ feeds, fetches }: RunRequest) {
      // Results are cloned, not transferred: their memory is ONNX Runtime's own.
      return { result: await session!.run(feeds, fetches) };
    },
  },
  async () => session?.close(),
);
