import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess } from '../process/run-process.ts';
import type { Workshop } from './runtime.ts';

const isWindows = process.platform === 'win32';

async function makeEnvironment({ cache, home, log }: Workshop): Promise<string> {
  const folder = join(cache, 'python');
  const python = join(folder, isWindows ? 'Scripts/python.exe' : 'bin/python');
  const requirements = join(home, 'python', 'requirements.txt');
  const stamp = join(folder, 'installed');
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return python;

  rmSync(folder, { recursive: true, force: true });
  const base = process.env.PYTHON ?? (isWindows ? 'python' : 'python3');
  log('python: making a virtual environment');
  await runProcess(base, ['-m', 'venv', folder], { timeoutSeconds: 120 }).catch((error: Error) => {
    throw new Error(`${error.message} Install Python 3.11 or newer with venv (Debian: apt-get install python3-venv).`);
  });
  log('python: installing onnx, onnxruntime, opencv-python-headless from PyPI');
  const install = ['-m', 'pip', 'install', '--disable-pip-version-check', '--only-binary', ':all:', '-r', requirements];
  await runProcess(python, install, { timeoutSeconds: 600 });
  // Last, so that an interrupted installation is not taken for a whole one.
  writeFileSync(stamp, hash);
  return python;
}

/** By cache folder: every Python runtime waits for the same environment. */
const environments = new Map<string, Promise<string>>();

/**
 * A virtual environment with `python/requirements.txt`, made when it is missing or the requirements have changed.
 *
 * @returns path of its interpreter
 * @throws Error when Python or PyPI is not there
 */
export function pythonEnvironment(workshop: Workshop): Promise<string> {
  const known = environments.get(workshop.cache);
  if (known) return known;
  const made = makeEnvironment(workshop);
  environments.set(workshop.cache, made);
  return made;
}
