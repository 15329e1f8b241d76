import { UserError } from '@mfm/cli';
import { frequencyMask } from '@mfm/models';
import { type OnnxSession, openSession, type SessionOptions } from '@mfm/onnx';
import {
  createRingEnergies,
  type ImageBatch,
  putRingEnergies,
  type RingErrorReport,
  ringErrors,
} from '@mfm/robustness';
import { type JobArguments, jobProgress, onEvery } from '../in-job.ts';

/** The radius of the masks a model was trained with, out of the configuration in its metadata. */
function readRadii(metadata: Readonly<Record<string, string>>, side: number): readonly [number, number] {
  try {
    const { task } = JSON.parse(metadata.config ?? '{}') as { task?: { maskRadius1?: number; maskRadius2?: number } };
    if (task?.maskRadius1 !== undefined) return [task.maskRadius1, task.maskRadius2 ?? Number.POSITIVE_INFINITY];
  } catch {
    // A configuration that is no JSON says no radius.
  }
  return [(16 * side) / 224, Number.POSITIVE_INFINITY];
}

/** @throws UserError for a model without the inputs image and mask, or of another image size */
async function openReconstruction(path: string, side: number, options: SessionOptions): Promise<OnnxSession> {
  const session = await openSession(path, options);
  const inputs = new Map(session.inputs.map(({ name, shape }) => [name, shape]));
  const outputs = session.outputs.map(({ name }) => name);
  const fits = inputs.get('image')?.[3] === side && inputs.has('mask');
  if (fits && outputs.includes('reconstruction') && outputs.includes('corrupted')) return session;
  await session.close();
  const got = session.inputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
  throw new UserError(
    `--reconstruction-model: ${path} must take image [batch, 3, ${side}, ${side}] and mask and give corrupted and reconstruction, ` +
      `got inputs ${got}. Export a checkpoint of masked frequency modelling with --head reconstruction.`,
  );
}

/** What the model is given of images and what it makes of that, float32 `[N, 3, side, side]` each. */
async function reconstruct(session: OnnxSession, images: Float32Array, mask: Float32Array, side: number) {
  const length = 3 * side * side;
  const count = images.length / length;
  const fixed = session.inputs[0]!.shape[0];
  // A file with a fixed batch gets its last images with zeros behind them.
  const batch = typeof fixed === 'number' ? fixed : count;
  const image = new Float32Array(batch * length);
  image.set(images);
  const repeated = new Float32Array(batch * side * side);
  for (let i = 0; i < batch; i++) repeated.set(mask, i * side * side);
  const { corrupted, reconstruction } = await session.run(
    {
      image: { type: 'float32', dims: [batch, 3, side, side], data: image },
      mask: { type: 'float32', dims: [batch, side, side], data: repeated },
    },
    ['corrupted', 'reconstruction'],
  );
  const own = (tensor: typeof corrupted) => (tensor!.data as Float32Array).subarray(0, count * length);
  return { given: own(corrupted), restored: own(reconstruction) };
}

/**
 * How well a reconstruction model (`pnpm export --head reconstruction`) restores each ring of the spectrum, from the low-pass and the
 * high-pass input that it was trained on. Of several ranks each reconstructs every so-many-th batch, and all get the same report.
 *
 * @param images clean, float32 `[N, 3, side, side]` in [0, 1]
 * @throws UserError for a model without the inputs image and mask, or of another image size
 */
export async function runRingErrors(
  path: string,
  { images, shape: [count, , , side] }: ImageBatch,
  options: SessionOptions & { readonly batchSize: number },
  job: JobArguments,
): Promise<RingErrorReport> {
  const { batchSize, ...sessionOptions } = options;
  const { rank, size: ranks } = job.communicator ?? { rank: 0, size: 1 };
  const session = await onEvery(job, () => openReconstruction(path, side, sessionOptions));
  const progress = jobProgress(job, 'error by ring', 2 * count);
  try {
    const [radius, outer] = readRadii(session.metadata, side);
    const low = Float32Array.from(frequencyMask(side, radius, outer));
    const masks = { 'low-pass': low, 'high-pass': low.map((kept) => 1 - kept) };
    const fixed = session.inputs[0]!.shape[0];
    const size = typeof fixed === 'number' ? fixed : batchSize;
    const length = 3 * side * side;
    const measure = async (mask: Float32Array, before: number) => {
      const energies = createRingEnergies(side, count);
      for (let from = rank * size; from < count; from += ranks * size) {
        const own = images.subarray(from * length, Math.min(count, from + size) * length);
        const { given, restored } = await reconstruct(session, own, mask, side);
        putRingEnergies(energies, from, own, given, restored);
        progress.update(before + Math.min(count, from + ranks * size));
      }
      for (const part of [energies.error, energies.inputError, energies.energy]) {
        await job.communicator?.allReduce(part);
      }
      return ringErrors(energies);
    };
    const rings = {
      'low-pass': await measure(masks['low-pass'], 0),
      'high-pass': await measure(masks['high-pass'], count),
    };
    return { path, radius, images: count, rings };
  } finally {
    progress.stop();
    await session.close();
  }
}
