import { stat } from 'node:fs/promises';
import { UserError } from '@mfm/cli';
import { createLoader, type Dataset, evalTransform, openDataset } from '@mfm/data';
import { openVectorModel, type VectorModel } from '@mfm/eval';
import { median } from './timing.ts';

/** One file beside the first. */
export interface PrecisionResult {
  readonly model: string;
  /** `fp32`, `fp16`, `int8`, as the file says. */
  readonly precision: string;
  readonly bytes: number;
  /** Share of test images whose most likely class is right; undefined without data, or for features. */
  readonly accuracy: number | undefined;
  /** Share of test images with the same most likely class as the first file's. */
  readonly agreement: number | undefined;
  /** Median of a batch's runs. */
  readonly milliseconds: number;
  /** Median over the rounds of the first file's time by this one's in the same round: above 1 is faster. */
  readonly speed: number;
}

export interface PrecisionBenchOptions {
  readonly models: readonly string[];
  readonly data?: string | undefined;
  /** Test images, from the first on; default all. */
  readonly images?: number | undefined;
  /** Images of a timed run. */
  readonly batch: number;
  readonly rounds: number;
  readonly threads?: number | undefined;
}

function greatest(scores: Float32Array): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
}

/** Most likely class of every test image, by each model, and the right ones. */
async function classify(models: readonly VectorModel[], dataset: Dataset, images: number) {
  const { imageSize, resize } = models[0]!.preprocessing;
  const subset = Int32Array.from({ length: Math.min(images, dataset.length) }, (_, i) => i);
  const transform = evalTransform(imageSize, resize);
  const loader = createLoader(dataset, { batchSize: imageSize <= 64 ? 256 : 32, transform, subset });
  const [labels, classes] = [[] as number[], models.map(() => [] as number[])];
  try {
    for await (const batch of loader.epoch(0)) {
      labels.push(...batch.labels);
      for (const [index, model] of models.entries()) {
        const scores = await model.run(batch.pixels);
        for (let i = 0; i < batch.labels.length; i++) {
          classes[index]!.push(greatest(scores.subarray(i * model.dim, (i + 1) * model.dim)));
        }
      }
    }
  } finally {
    await loader.close();
  }
  return { labels, classes };
}

/** Milliseconds of each model in each round: they take turns, so that what else the machine does hits all alike. */
async function timeInTurns(models: readonly VectorModel[], batch: number, rounds: number): Promise<number[][]> {
  const { imageSize } = models[0]!.preprocessing;
  const pixels = Uint8Array.from({ length: batch * 3 * imageSize ** 2 }, (_, i) => (i * 7919) % 256);
  const times = models.map((): number[] => []);
  for (let round = -2; round < rounds; round++) {
    for (const [index, model] of models.entries()) {
      const start = performance.now();
      await model.run(pixels);
      // The first two rounds warm up.
      if (round >= 0) times[index]!.push(performance.now() - start);
    }
  }
  return times;
}

const share = (a: readonly number[], b: readonly number[]) => a.filter((value, i) => value === b[i]).length / a.length;

/**
 * Compares files of one model in several precisions with the first: size, speed in turns, and on test images accuracy and agreement.
 *
 * @throws UserError for files that do not open, or whose images differ in size
 */
export async function benchPrecision(options: PrecisionBenchOptions): Promise<PrecisionResult[]> {
  const { models: paths, data, images = Number.POSITIVE_INFINITY, batch, rounds, threads } = options;
  const models: VectorModel[] = [];
  try {
    for (const path of paths) {
      const advice = 'Give classifiers, or models of features.';
      models.push(await openVectorModel(path, ['logits', 'mean_pooled'], advice, threads ? { threads } : {}));
    }
    const [first] = models as [VectorModel];
    const other = models.find(({ preprocessing }) => preprocessing.imageSize !== first.preprocessing.imageSize);
    if (other)
      throw new UserError(`bench precision: models must take images of one size, got ${other.path} beside others.`);
    const times = await timeInTurns(models, batch, rounds);
    let found: Awaited<ReturnType<typeof classify>> | undefined;
    if (data !== undefined) {
      if (models.some(({ output }) => output !== 'logits')) {
        throw new UserError(
          'bench precision: with --data the models must be classifiers. Export them with --head classifier.',
        );
      }
      const dataset = await openDataset(data, { imageSize: first.preprocessing.imageSize, split: 'test' });
      try {
        found = await classify(models, dataset, images);
      } finally {
        await dataset.close();
      }
    }
    const results: PrecisionResult[] = [];
    for (const [index, { path, metadata }] of models.entries()) {
      results.push({
        model: path,
        precision: metadata.precision ?? 'unknown',
        bytes: (await stat(path)).size,
        accuracy: found && share(found.classes[index]!, found.labels),
        agreement: found && share(found.classes[index]!, found.classes[0]!),
        milliseconds: median(times[index]!),
        speed: median(times[index]!.map((time, round) => times[0]![round]! / time)),
      });
    }
    return results;
  } finally {
    for (const model of models) await model.close();
  }
}
