import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Dataset, evalTransform, openDataset } from '@mfm/data';
import { correctness } from './outcomes.ts';
import { folderStore, memoryStore, type ResultStore } from './result-store.ts';
import { type Classifier, runTests, type TestRun } from './run-tests.ts';
import { toImages, toPixels } from './test-batch.ts';
import { CLEAN, type TestCase } from './test-case.ts';

let folder: string;
let dataset: Dataset;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-run-'));
  dataset = await openDataset('synthetic:40', {});
});
afterEach(async () => {
  await dataset.close();
  await rm(folder, { recursive: true, force: true });
});

/** Counts batches; its scores are sums of pixels by residue, so that they depend on every image. */
function countingClassifier(name: string, failAfter = Number.POSITIVE_INFINITY): Classifier & { batches: number } {
  const classifier = {
    name,
    identity: { name },
    batches: 0,
    async scores(batch: Parameters<Classifier['scores']>[0]) {
      if (++classifier.batches > failAfter) throw new Error('killed');
      const { pixels, shape } = toPixels(batch);
      const scores = new Float32Array(shape[0] * 10);
      const length = pixels.length / shape[0];
      for (const [p, value] of pixels.entries())
        scores[Math.floor(p / length) * 10 + ((p % length) % 10)]! += value / 1000;
      return scores;
    },
  };
  return classifier;
}

/** Negative images, with the mean of each noted. */
const NEGATIVE: TestCase = {
  id: 'negative',
  section: 'frequency',
  async transform(batch) {
    const { images, shape, labels, indices } = toImages(batch);
    const length = images.length / shape[0];
    const mean = Float32Array.from(
      { length: shape[0] },
      (_, i) => images.subarray(i * length, (i + 1) * length).reduce((sum, value) => sum + value, 0) / length,
    );
    return { kind: 'images', images: images.map((value) => 1 - value), shape, labels, indices, measured: { mean } };
  },
};

const identity = { targets: Int32Array.from({ length: 10 }, (_, k) => k) };

function runOf(classifiers: readonly Classifier[], store: ResultStore, more: Partial<TestRun> = {}): TestRun {
  const subjects = classifiers.map((classifier) => ({ classifier, classMap: identity }));
  return {
    ...{ prefix: 'set/', dataset, subset: Int32Array.from({ length: 37 }, (_, i) => i), transform: evalTransform(32) },
    ...{ tests: [CLEAN, NEGATIVE].map((test) => ({ test, subjects })), store, batchSize: 4, chunkSize: 12, workers: 0 },
    ...more,
  };
}

const read = async (run: TestRun) =>
  Promise.all(
    (await runTests(run)).map(async ({ id, classifier, outcomes }) => [id, classifier.name, await outcomes()]),
  );

describe('runTests', () => {
  it('gives each model the outcomes of each image, whatever the chunks and batches', async () => {
    const [a, b] = [countingClassifier('a'), countingClassifier('b')];
    const results = await read(runOf([a, b], memoryStore()));
    expect(results.map(([id, name]) => `${id} ${name}`)).toEqual([
      'set/clean a',
      'set/clean b',
      'set/negative a',
      'set/negative b',
    ]);
    // 37 images: three chunks of three batches and one of a single image.
    expect([a.batches, b.batches]).toEqual([20, 20]);
    const whole = await read(
      runOf([countingClassifier('a'), countingClassifier('b')], memoryStore(), {
        batchSize: 37,
        chunkSize: 37,
        workers: 1,
      }),
    );
    expect(whole).toEqual(results);
    const negative = results[2]![2] as Awaited<ReturnType<Awaited<ReturnType<typeof runTests>>[0]['outcomes']>>;
    expect(negative.measured!.mean).toHaveLength(37);
    expect([...negative.labels]).toEqual(Array.from({ length: 37 }, (_, i) => dataset.label(i)));
    expect(correctness(negative)).toHaveLength(37);
  });

  it('goes on after a kill with the chunk and test it was at, and ends with the same outcomes', async () => {
    const expected = await read(runOf([countingClassifier('a')], memoryStore()));
    const killed = runTests(runOf([countingClassifier('a', 8)], folderStore(folder)));
    await expect(killed).rejects.toThrow('killed');
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.outcomes'));
    // Chunk 0: both tests (six batches); chunk 1: two batches of its first test were lost.
    expect(files).toHaveLength(2);
    const next = countingClassifier('a');
    const steps: number[] = [];
    const run = runOf([next], folderStore(folder), { onProgress: (_, total) => steps.push(total) });
    expect(await read(run)).toEqual(expected);
    expect(next.batches).toBe(14);
    expect(new Set(steps)).toEqual(new Set([2 * (37 - 12)]));
    const third = countingClassifier('a');
    expect(await read(runOf([third], folderStore(folder)))).toEqual(expected);
    expect(third.batches).toBe(0);
  });

  it('makes anew what is damaged, and what another model, test setting or image would have', async () => {
    await runTests(runOf([countingClassifier('a')], folderStore(folder)));
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.outcomes')).sort();
    expect(files).toHaveLength(8);
    await appendFile(join(folder, files[0]!), 'x');
    const again = async (classifier: ReturnType<typeof countingClassifier>, more: Partial<TestRun> = {}) => {
      await runTests(runOf([classifier], folderStore(folder), more));
      return classifier.batches;
    };
    expect(await again(countingClassifier('a'))).toBe(3);
    expect(await again(countingClassifier('b'))).toBe(20);
    const a = countingClassifier('a');
    const other = { ...CLEAN, settings: { seed: 1 } };
    const tests = [{ test: other, subjects: [{ classifier: a, classMap: identity }] }];
    expect(await again(a, { tests })).toBe(10);
    // Another first image: the chunk that holds it, in both tests.
    const subset = Int32Array.from({ length: 37 }, (_, i) => (i === 0 ? 39 : i));
    expect(await again(countingClassifier('a'), { subset })).toBe(6);
  });

  it('runs a test for some models only', async () => {
    const [a, b] = [countingClassifier('a'), countingClassifier('b')];
    const [first, second] = [a, b].map((classifier) => ({ classifier, classMap: identity }));
    const tests = [
      { test: CLEAN, subjects: [first!, second!] },
      { test: NEGATIVE, subjects: [second!] },
    ];
    const results = await read(runOf([], memoryStore(), { tests }));
    expect(results.map(([id, name]) => `${id} ${name}`)).toEqual(['set/clean a', 'set/clean b', 'set/negative b']);
    expect([a.batches, b.batches]).toEqual([10, 20]);
  });
});
