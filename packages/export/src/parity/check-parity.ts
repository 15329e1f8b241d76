import { type HostTensors, openSession } from '@mfm/onnx';
import { type EagerBatch, type EagerOptions, eagerOutputs, type Subject } from '../eager/eager-outputs.ts';
import { nudge } from '../probe/nudge.ts';
import { probeSamples, repeatImages, sampleSeeds } from '../probe/probe-inputs.ts';
import { compareBatch, type Values } from './compare-batch.ts';
import { type CheckedOutput, judgeParts, PARITY_TOLERANCE, type Part } from './verdict.ts';

/**
 * Draws of images before the check has failed. Of a ResNet-50 or -101 with every branch awake, four of five images have a jump that shows;
 * a training step is kept from them by its state.
 */
const DRAWS = { each: 64, all: 8 } as const;

export interface ParityReport {
  readonly batchSizes: readonly number[];
  readonly outputs: readonly CheckedOutput[];
  readonly tolerance: number;
  /** Images that were replaced because the gradient jumps there. */
  readonly replacedImages: number;
  readonly passed: boolean;
}

export interface ParityOptions extends EagerOptions {
  readonly batchSizes?: readonly number[];
  readonly tolerance?: number;
}

/** Images of one run. */
interface Batch {
  readonly index: number;
  /** Of the different images. */
  readonly seeds: readonly number[];
  /** How often the file is fed with them at once. */
  readonly copies: number;
}

/** The values of every output for each of the feeds. */
async function runFile(file: string | Uint8Array, feeds: readonly HostTensors[]) {
  const session = await openSession(file, { prepack: false });
  try {
    const outputs: Record<string, Float32Array>[] = [];
    for (const batch of feeds) {
      const results = Object.entries(await session.run(batch));
      outputs.push(Object.fromEntries(results.map(([name, { data }]) => [name, data as Float32Array])));
    }
    return outputs;
  } finally {
    await session.close();
  }
}

const partsOf = (parts: readonly Part[], { index }: Batch) => parts.filter(({ batch }) => batch === index);

/** What of a comparison fails, by what it is about. */
const keys = (parts: readonly Part[]) => parts.map(({ output, batch, image }) => `${batch} ${image} ${output}`);

/** Other images in place of those that parts of a batch are of. */
function redraw({ seeds, ...batch }: Batch, parts: readonly Part[], draw: number): Batch {
  const isReplaced = (position: number) => parts.some(({ image }) => image === undefined || image === position);
  return { ...batch, seeds: seeds.map((seed, position) => (isReplaced(position) ? seed + 15485863 * draw : seed)) };
}

const countReplaced = (before: Batch, after: Batch) =>
  after.seeds.filter((seed, position) => seed !== before.seeds[position]).length;

/**
 * Runs an exported model and the eager one on the same made-up pictures, at several batch sizes, and compares every output. The eager one
 * first, whose memory is given back before the other is loaded.
 *
 * Gradients are compared where there are any. Where a ReLU's input is zero to rounding, or two numbers under a maximum are the same, a gradient
 * jumps, and two programs that round otherwise may be on either side. So the eager model is asked alone about an image at which the file
 * fails first, moved by 1e-5 to one side and to the other. If these two do not fail the same comparison, the file is wrong. If they do, images
 * at which it fails are replaced by others.
 *
 * @param file the ONNX file's path, or its content
 * @param subject what it was made from
 */
export async function checkParity(
  file: string | Uint8Array,
  subject: Subject,
  { batchSizes = [1, 2], tolerance = PARITY_TOLERANCE, release = false, onProgress }: ParityOptions = {},
): Promise<ParityReport> {
  const { head } = subject;
  let [runs, runsSoFar] = [0, 0];
  const compute = (samples: readonly EagerBatch[]) => {
    runs += samples.length;
    // Where there are gradients, the parameters may be needed again.
    const options = { release: release && !head.gradients, onProgress: () => onProgress?.(++runsSoFar, runs) };
    return eagerOutputs(subject, samples, options);
  };
  const isGradient = (output: string) => head.gradients?.includes(output) ?? false;
  const judge = (parts: readonly Part[]) => judgeParts(parts, tolerance, isGradient);
  const compare = ({ index, seeds }: Batch, actual: Values, expected: Values) =>
    compareBatch(head, { batch: index, images: seeds.length }, actual, expected);
  const samplesOf = ({ seeds, copies }: Batch): EagerBatch => ({ feeds: probeSamples(subject, seeds), copies });
  /** Whether the eager model itself fails the comparisons that failed, between two sides of the images. */
  const jumpsAt = async (failed: readonly Batch[], failing: readonly Part[]) => {
    for (const batch of failed) {
      const { feeds, copies } = samplesOf(batch);
      const sides = ([1, -1] as const).map((direction) => ({ feeds: nudge(subject, feeds, direction), copies }));
      const [one, other] = await compute(sides);
      const jumps = keys(judge(compare(batch, one!, other!)).failing);
      if (!keys(partsOf(failing, batch)).every((key) => jumps.includes(key))) return false;
    }
    return true;
  };

  const batches = batchSizes.map((size, index): Batch => {
    const images = head.differentImages?.(subject.model, size) ?? size;
    return { index, seeds: sampleSeeds(images, 1 + index), copies: size / images };
  });
  const parts = new Map<number, readonly Part[]>();
  let pending: readonly Batch[] = batches;
  let replacedImages = 0;
  for (let draw = 1; ; draw++) {
    const samples = pending.map(samplesOf);
    const expected = await compute(samples);
    const repeated = samples.map(({ feeds, copies }) => repeatImages(subject, feeds, copies));
    const actual = await runFile(file, repeated);
    for (const [i, batch] of pending.entries()) parts.set(batch.index, compare(batch, actual[i]!, expected[i]!));
    const { outputs, failing } = judge([...parts.values()].flat());
    const report = { batchSizes, outputs, tolerance, replacedImages, passed: failing.length === 0 };
    if (report.passed || !head.gradients || draw === DRAWS[head.gradients.of]) return report;

    const failed = batches.filter(({ index }) => failing.some(({ batch }) => batch === index));
    // Asked once: a model that jumps at one image jumps at others.
    if (draw === 1 && !(await jumpsAt(failed, failing))) return report;
    pending = failed.map((batch) => redraw(batch, partsOf(failing, batch), draw));
    for (const [i, batch] of pending.entries()) {
      batches[batch.index] = batch;
      replacedImages += countReplaced(failed[i]!, batch);
    }
  }
}
