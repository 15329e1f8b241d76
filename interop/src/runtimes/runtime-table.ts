import { didYouMean, UserError } from '@mfm/cli';
import { onnxChecker } from './onnx-checker.ts';
import { onnxReference } from './onnx-reference.ts';
import { onnxruntimePython } from './onnxruntime-python.ts';
import { opencv } from './opencv.ts';
import type { Runtime } from './runtime.ts';
import { tract } from './tract.ts';
import { chromiumWasm, chromiumWebgpu } from './web-chromium.ts';
import { webNode } from './web-node.ts';

/** Every runtime, in the order of the matrix's columns. A new one is a file of its own and a row here. */
export const RUNTIMES: readonly Runtime[] = [
  onnxChecker,
  onnxReference,
  onnxruntimePython,
  opencv,
  tract,
  webNode,
  chromiumWasm,
  chromiumWebgpu,
];

/**
 * Those that are not named in `without`.
 *
 * @throws UserError for a name that is not a runtime's, and when none is left
 */
export function chooseRuntimes(without: readonly string[], table: readonly Runtime[] = RUNTIMES): Runtime[] {
  const known = table.map(({ name }) => name);
  for (const name of without) {
    if (!known.includes(name)) throw new UserError(`--without: unknown runtime "${name}"${didYouMean(name, known)}`);
  }
  const chosen = table.filter(({ name }) => !without.includes(name));
  if (chosen.length === 0) throw new UserError('--without: must leave a runtime, got the names of all.');
  return chosen;
}
