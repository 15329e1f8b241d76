import { availableParallelism } from 'node:os';
import { createLoader, type Dataset, openDataset } from '@mfm/data';
import { chooseSubset, makeClassifier, modelTransform, openFeatureModel } from '@mfm/eval';
import {
  CLEAN,
  type Classifier,
  corruptionTests,
  createCorruptionPool,
  memoryStore,
  nearestTableSize,
  type PixelBatch,
  runTests,
  type Severity,
  type TestCase,
} from '@mfm/robustness';

/** Images per second of the parts of an evaluation alone, and of all at once. */
export interface EvaluationSpeed {
  readonly images: number;
  /** Predictions made of each image: the clean one and one for each corruption and severity. */
  readonly tests: number;
  /** Images decoded and resized; each is decoded once for all tests. */
  readonly decode: number;
  /** Tests made of decoded images. */
  readonly corrupt: number;
  /** Predictions. */
  readonly infer: number;
  /** Predictions of the whole evaluation. */
  readonly pipeline: number;
  /** The slowest part, in predictions per second. */
  readonly slowest: number;
  /** Pipeline over slowest. */
  readonly ratio: number;
  /** What the pipeline could make where every part alone fills all cores that they share: the reciprocal of the sum of their times. */
  readonly shared: number;
}

/** What is timed on what. */
export interface EvaluationBench {
  readonly model: string;
  readonly data: string;
  readonly images: number;
  readonly batchSize: number;
  readonly corruptions: readonly string[];
  readonly severities: readonly Severity[];
  readonly device: string;
  readonly onPart?: (part: string) => void;
}

const seconds = async (run: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
};

/** Calls of which several are under way at once. */
async function inLanes<T>(items: readonly T[], lanes: number, run: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < items.length) await run(items[next++]!);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function decodeAll(dataset: Dataset, subset: Int32Array, options: Parameters<typeof createLoader>[1]) {
  const batches: PixelBatch[] = [];
  const loader = createLoader(dataset, { ...options, subset });
  try {
    for await (const { pixels, shape, labels, indices } of loader.epoch(0)) {
      const shared = new Uint8Array(new SharedArrayBuffer(pixels.length));
      shared.set(pixels);
      batches.push({ kind: 'pixels', pixels: shared, shape, labels, indices });
    }
    return batches;
  } finally {
    await loader.close();
  }
}

/**
 * Times decoding, corrupting and predicting alone, each with every core, then the evaluation in which they overlap.
 *
 * @throws UserError for a model or data that cannot be opened
 */
export async function evaluationSpeed(options: EvaluationBench): Promise<EvaluationSpeed> {
  const { data, images, batchSize, corruptions, severities, device, onPart } = options;
  const workers = availableParallelism();
  const model = await openFeatureModel(options.model, 'logits', { device, onThread: true });
  const { imageSize } = model.preprocessing;
  const dataset = await openDataset(data, { imageSize });
  const pool = createCorruptionPool(workers);
  try {
    const subset = chooseSubset(dataset.length, images, 0, 'test');
    const transform = modelTransform(model);
    const tableSize = nearestTableSize({ width: imageSize, height: imageSize });
    const tests = corruptionTests(pool, { seed: 0, tableSize, severities, corruptions });
    const all: readonly TestCase[] = [CLEAN, ...tests];
    const classifier: Classifier = makeClassifier(model);
    const loading = { batchSize, transform, workers };
    const count = subset.length;

    onPart?.('warm-up');
    const [warm] = await decodeAll(dataset, subset.subarray(0, batchSize), loading);
    for (const test of tests) await test.transform(warm!);
    for (let run = 0; run < 2; run++) await classifier.scores(warm!);

    onPart?.('decode');
    let batches: PixelBatch[] = [];
    const decode = count / (await seconds(async () => (batches = await decodeAll(dataset, subset, loading))));
    const pairs = tests.flatMap((test) => batches.map((batch) => ({ test, batch })));
    onPart?.('corrupt');
    const corrupt =
      (count * tests.length) /
      (await seconds(() => inLanes(pairs, 2 * workers, ({ test, batch }) => test.transform(batch))));
    onPart?.('infer');
    const repeated = all.flatMap(() => batches);
    const infer =
      (count * all.length) / (await seconds(() => inLanes(repeated, 2, (batch) => classifier.scores(batch))));
    onPart?.('pipeline');
    const subject = { classifier, classMap: { targets: Int32Array.from(dataset.classes, (_, i) => i % model.dim) } };
    const run = () =>
      runTests({
        ...{ prefix: '', dataset, subset, transform, batchSize, workers, store: memoryStore() },
        ...{ chunkSize: count, ahead: 2 * workers },
        tests: all.map((test) => ({ test, subjects: [subject] })),
      });
    const pipeline = (count * all.length) / (await seconds(run));

    const rates = [decode * all.length, (corrupt * all.length) / tests.length, infer];
    const slowest = Math.min(...rates);
    const shared = 1 / rates.reduce((sum, rate) => sum + 1 / rate, 0);
    return {
      images: count,
      tests: all.length,
      decode,
      corrupt,
      infer,
      pipeline,
      slowest,
      ratio: pipeline / slowest,
      shared,
    };
  } finally {
    await pool.close();
    await dataset.close();
    await model.close();
  }
}
