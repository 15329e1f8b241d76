import { startProgress, UserError } from '@mfm/cli';
import { frequencyMask } from '@mfm/models';
import { openSession, type SessionOptions } from '@mfm/onnx';
import { addRingErrors, createRingSums, type ImageBatch, type RingErrorReport, ringErrors } from '@mfm/robustness';

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

/**
 * How well a reconstruction model (`pnpm export --head reconstruction`) restores each ring of the spectrum, from the low-pass and the
 * high-pass input that it was trained on.
 *
 * @param images clean, float32 `[N, 3, side, side]` in [0, 1]
 * @throws UserError for a model without the inputs image and mask, or of another image size
 */
export async function runRingErrors(
  path: string,
  { images, shape: [count, , , side] }: ImageBatch,
  options: SessionOptions & { readonly batchSize: number },
): Promise<RingErrorReport> {
  const { batchSize, ...sessionOptions } = options;
  const session = await openSession(path, sessionOptions);
  const progress = startProgress('error by ring', 2 * count);
  try {
    const inputs = new Map(session.inputs.map(({ name, shape }) => [name, shape]));
    const outputs = session.outputs.map(({ name }) => name);
    const own = inputs.get('image')?.[3];
    if (!inputs.has('mask') || !outputs.includes('reconstruction') || !outputs.includes('corrupted') || own !== side) {
      const got = session.inputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
      throw new UserError(
        `--reconstruction-model: ${path} must take image [batch, 3, ${side}, ${side}] and mask and give corrupted and reconstruction, ` +
          `got inputs ${got}. Export a checkpoint of masked frequency modelling with --head reconstruction.`,
      );
    }
    const [radius, outer] = readRadii(session.metadata, side);
    const low = Float32Array.from(frequencyMask(side, radius, outer));
    const masks = { 'low-pass': low, 'high-pass': low.map((kept) => 1 - kept) };
    const fixed = session.inputs[0]!.shape[0];
    const size = typeof fixed === 'number' ? fixed : batchSize;
    const length = 3 * side * side;
    const measure = async (mask: Float32Array, before: number) => {
      const sums = createRingSums(side);
      for (let from = 0; from < count; from += size) {
        const own = Math.min(size, count - from);
        // A file with a fixed batch gets its last images with zeros behind them.
        const batch = typeof fixed === 'number' ? fixed : own;
        const image = new Float32Array(batch * length);
        image.set(images.subarray(from * length, (from + own) * length));
        const repeated = new Float32Array(batch * side * side);
        for (let i = 0; i < batch; i++) repeated.set(mask, i * side * side);
        const { corrupted, reconstruction } = await session.run(
          {
            image: { type: 'float32', dims: [batch, 3, side, side], data: image },
            mask: { type: 'float32', dims: [batch, side, side], data: repeated },
          },
          ['corrupted', 'reconstruction'],
        );
        const [given, restored] = [corrupted, reconstruction].map((tensor) =>
          (tensor!.data as Float32Array).subarray(0, own * length),
        ) as [Float32Array, Float32Array];
        addRingErrors(sums, image.subarray(0, own * length), given, restored);
        progress.update(before + from + own);
      }
      return ringErrors(sums);
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
