import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { IMAGES, SIDE } from './corruption-speed.ts';

/** Times the reference functions; see there what it reads and prints. */
const SCRIPT = fileURLToPath(new URL('../../../interop/python/corruption_speed.py', import.meta.url));

/** How to have them: the last versions of its libraries that its functions run with. */
export const INSTALL_REFERENCE = `To time Python's reference functions (imagecorruptions 1.1.2) beside these:
  python3.11 -m venv reference
  reference/bin/pip install imagecorruptions==1.1.2 "numpy<1.25" "scikit-image==0.20.0" "scipy<1.10" "opencv-python-headless<4.9" "setuptools<70"
  pnpm bench corrupt --python reference/bin/python`;

/** What Python made of one corruption. */
export type ReferenceSpeed =
  | { readonly imagesPerSecond: number; readonly milliseconds: number }
  | { readonly error: string };

/** Python's functions, ready to be timed. */
export interface Reference {
  /** The package and the versions of its libraries. */
  readonly source: string;
  time(corruption: string): Promise<ReferenceSpeed>;
  close(): Promise<void>;
}

/**
 * Starts Python with as many processes as there are threads here.
 *
 * @param python a Python that may have `imagecorruptions`
 * @returns why there is nothing to compare with, if it has not
 */
export async function openReference(
  python: string,
  pixels: Uint8Array,
  processes: number,
  seconds: number,
): Promise<Reference | { readonly missing: string }> {
  const probe = spawnSync(python, ['-c', 'import imagecorruptions'], { encoding: 'utf8' });
  if (probe.status !== 0) {
    const reason = probe.error?.message ?? probe.stderr.trim().split('\n').at(-1) ?? 'it failed';
    return { missing: `${python}: ${reason}` };
  }
  const folder = await mkdtemp(join(tmpdir(), 'bench-corrupt-'));
  const file = join(folder, 'images.raw');
  await writeFile(file, pixels);
  const args = [SCRIPT, file, IMAGES, SIDE, processes, seconds].map(String);
  const child = spawn(python, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`bench corrupt: ${python} must answer, it has ended.`);
    return JSON.parse(value) as T;
  };
  const { source } = await read<{ source: string }>();
  return {
    source,
    time(corruption) {
      child.stdin.write(`${corruption}\n`);
      return read<ReferenceSpeed>();
    },
    async close() {
      child.stdin.end();
      await new Promise((resolve) => child.once('exit', resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
