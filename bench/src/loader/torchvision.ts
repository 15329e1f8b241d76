import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The reference's side. */
export const SCRIPT = fileURLToPath(new URL('../../../interop/torchvision/time-loader.py', import.meta.url));

/** What torchvision delivers in one process. */
export interface TorchvisionResult {
  readonly images: number;
  readonly seconds: number;
  readonly processorSeconds: number;
  /** Versions. */
  readonly torchvision: string;
  readonly pillow: string;
}

/** Why there is no figure, and what to do. */
export interface NoTorchvision {
  readonly missing: string;
}

/**
 * Times torchvision's transform on the same images, where Python has it.
 *
 * @param python name or path of the interpreter
 */
export function timeTorchvision(
  data: string,
  size: number,
  seconds: number,
  python: string,
): Promise<TorchvisionResult | NoTorchvision> {
  return new Promise((resolve) => {
    execFile(python, [SCRIPT, data, String(size), String(seconds)], (error, stdout, stderr) => {
      if (!error) return resolve(JSON.parse(stdout) as TorchvisionResult);
      const reason = (error.code as unknown) === 'ENOENT' ? `no ${python}` : (stderr.trim().split('\n').at(-1) ?? '');
      resolve({
        missing: `torchvision's loader is not timed (${reason}). Install it ("${python} -m pip install torchvision pillow", Debian: apt-get install python3-torchvision), or name a Python that has it with --python.`,
      });
    });
  });
}
