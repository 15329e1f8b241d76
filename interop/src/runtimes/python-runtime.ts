import { join } from 'node:path';
import { pythonEnvironment } from './python-environment.ts';
import type { Runtime } from './runtime.ts';

/** A runtime of `python/runtimes/table.py`. */
export function pythonRuntime(served: string, row: Pick<Runtime, 'name' | 'description' | 'runs'>): Runtime {
  return {
    ...row,
    async prepare(workshop) {
      const command = await pythonEnvironment(workshop);
      // -B: no __pycache__ in the source tree.
      return {
        command,
        args: ['-B', join(workshop.home, 'python', 'serve.py'), served],
        env: { PYTHONNOUSERSITE: '1' },
      };
    },
  };
}
