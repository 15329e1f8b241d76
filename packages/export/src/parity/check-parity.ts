import { openSession } from '@mfm/onnx';
import { type EagerOptions, eagerOutputs, type Subject } from '../eager/eager-outputs.ts';
import { probeInputs } from '../probe/probe-inputs.ts';
import { addDifferences, createSums, type OutputParity, type Sums, summarise } from './differences.ts';

/** Largest absolute difference from the eager model that an export may have. */
export const PARITY_TOLERANCE = 1e-4;

/**
 * Largest difference that a gradient may have, in parts of its largest number. A gradient that is nothing but rounding is measured by the
 * largest of the model's gradients: {@link NEGLIGIBLE} of it counts as its largest number.
 */
export const GRADIENT_TOLERANCE = 1e-3;
const NEGLIGIBLE = 1e-3;

export type { OutputParity } from './differences.ts';

export interface ParityReport {
  readonly batchSizes: readonly number[];
  readonly outputs: readonly OutputParity[];
  readonly tolerance: number;
  readonly passed: boolean;
}

export interface ParityOptions extends EagerOptions {
  readonly batchSizes?: readonly number[];
  readonly tolerance?: number;
}

/**
 * Runs an exported model and the eager one on the same made-up pictures, at several batch sizes, and compares every output. The eager one
 * first, whose memory is given back before the other is loaded.
 *
 * @param file the ONNX file's path, or its content
 * @param subject what it was made from
 */
export async function checkParity(
  file: string | Uint8Array,
  subject: Subject,
  { batchSizes = [1, 2], tolerance = PARITY_TOLERANCE, ...eager }: ParityOptions = {},
): Promise<ParityReport> {
  const isGradient = (output: string) => subject.head.isGradient?.(output) ?? false;
  const feeds = batchSizes.map((batch, index) => probeInputs(subject, batch, 1 + index));
  const expected = await eagerOutputs(subject, feeds, eager);
  const session = await openSession(file, { prepack: false });
  const sums = new Map<string, Sums>();
  try {
    for (const [index, batch] of feeds.entries()) {
      const actual = await session.run(batch);
      for (const [name, values] of Object.entries(expected[index]!)) {
        const own = sums.get(name) ?? createSums();
        sums.set(name, own);
        addDifferences(own, actual[name]!.data as Float32Array, values);
      }
    }
  } finally {
    await session.close();
  }
  const floor = NEGLIGIBLE * Math.max(0, ...[...sums].map(([name, { largest }]) => (isGradient(name) ? largest : 0)));
  const outputs = [...sums].map(([output, own]) => ({
    ...summarise(output, own),
    ...(isGradient(output) && { relative: own.max === 0 ? 0 : own.max / Math.max(own.largest, floor) }),
  }));
  const passed = outputs.every(
    ({ maxAbsolute, relative = 0 }) => maxAbsolute <= tolerance && relative <= GRADIENT_TOLERANCE,
  );
  return { batchSizes, outputs, tolerance, passed };
}
