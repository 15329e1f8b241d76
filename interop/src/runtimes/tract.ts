import { join } from 'node:path';
import { runProcess } from '../process/run-process.ts';
import type { Runtime } from './runtime.ts';

/** Processes of the compiler at a time: each may take a gigabyte. */
const BUILD_JOBS = '2';

export const tract: Runtime = {
  name: 'tract',
  description: 'tract, an inference engine in Rust',
  runs: true,
  async prepare({ cache, home, log }) {
    const target = join(cache, 'rust');
    log('tract: cargo build (minutes the first time)');
    await runProcess('cargo', ['build', '--release', '--locked', '--jobs', BUILD_JOBS, '--target-dir', target], {
      cwd: join(home, 'rust'),
      env: { ...process.env, CARGO_TERM_COLOR: 'never' },
      timeoutSeconds: 1500,
    }).catch((error: Error) => {
      throw new Error(`${error.message} It needs Rust 1.91 or newer, with cargo, and crates.io.`);
    });
    return { command: join(target, 'release', 'tract-runner'), args: [] };
  },
};
