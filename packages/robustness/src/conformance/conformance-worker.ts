import { workerData } from 'node:worker_threads';
import { serveThread } from '@mfm/cli';
import { type CorruptionCase, checkCorruptionCase } from './corruption-case.ts';
import { openGoldenFolder } from './golden-folder.ts';

// Entry of the pool's threads, reached as the package's subpath `./conformance-worker`.
const golden = openGoldenFolder(workerData as string);

serveThread({
  async check(part: CorruptionCase) {
    return { result: await checkCorruptionCase(await golden, part) };
  },
});
