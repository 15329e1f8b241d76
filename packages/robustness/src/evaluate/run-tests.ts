import { createHash } from 'node:crypto';
import { UserError } from '@mfm/cli';
import { createLoader, type Dataset, datasetFingerprint, type TransformSpec } from '@mfm/data';
import { mapAhead } from './map-ahead.ts';
import { type ClassMap, joinOutcomes, type Outcomes, outcomesOf } from './outcomes.ts';
import type { ResultKey, ResultStore } from './result-store.ts';
import type { PixelBatch, TestBatch } from './test-batch.ts';
import type { TestCase } from './test-case.ts';

/** A model under test. */
export interface Classifier {
  /** For messages and paths. */
  readonly name: string;
  /** All that changes its scores (file, preprocessing, probe, device), as JSON: kept results of others are not used. */
  readonly identity: unknown;
  /** Scores of each image: float32 `[N, K]`. */
  scores(batch: TestBatch): Promise<Float32Array>;
}

/** A model, and where it finds the data set's classes. */
export interface Subject {
  readonly classifier: Classifier;
  readonly classMap: ClassMap;
}

/** A test, and the models that take it: all of them, or the one whose gradients it uses. */
export interface PlannedTest {
  readonly test: TestCase;
  readonly subjects: readonly Subject[];
}

/** Images, and the tests made of them. */
export interface TestRun {
  /** Stands before the tests' ids: '' for the clean set, `imagenet-a/` … */
  readonly prefix: string;
  readonly dataset: Dataset;
  /** Indices of the images to use, in this order. */
  readonly subset: Int32Array;
  readonly transform: TransformSpec;
  readonly tests: readonly PlannedTest[];
  readonly store: ResultStore;
  readonly batchSize: number;
  /** Images per unit of kept work, a multiple of the batch size. */
  readonly chunkSize: number;
  /** Threads that decode. */
  readonly workers?: number;
  /** The chunks to run, by number: a share of several processes with one store. Default: all. */
  readonly isOwn?: (chunk: number) => boolean;
  /** Transformed batches made ahead. Default 4. */
  readonly ahead?: number;
  /** Told after every batch how many predictions of those still to be made are done. */
  readonly onProgress?: (done: number, total: number, test: string) => void;
}

/** One test of one model, over. */
export interface TestResult {
  /** With the prefix. */
  readonly id: string;
  readonly test: TestCase;
  readonly classifier: Classifier;
  /** The outcomes of all images in their order, read from where they are kept. */
  outcomes(): Promise<Outcomes>;
}

/** Batches of one run of a test under way at once: one is computed, the next waits for it. */
const PREDICTIONS_AHEAD = 2;

/** What is missing of a chunk. */
interface OpenChunk {
  readonly number: number;
  readonly indices: Int32Array;
  readonly tests: readonly PlannedTest[];
}

/** One batch of one test. */
interface Step {
  readonly chunk: OpenChunk;
  readonly planned: PlannedTest;
  readonly batch: TestBatch;
  /** Classes of the data set, where the batch has those of the model. */
  readonly labels: Int32Array;
  /** Whether it is the test's last batch of the chunk. */
  readonly last: boolean;
}

/** Clean pixels where all threads can read them: a batch is sent to them once per test. */
function share(pixels: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(pixels.length));
  shared.set(pixels);
  return shared;
}

const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

function makeKeys(run: TestRun, dataset: string, parts: readonly Int32Array[]) {
  const prints = parts.map((part) => hashOf([...part]));
  const subjects = new Set(run.tests.flatMap((planned) => planned.subjects));
  // Hashed once: a map of 1000 classes in the key of each of thousands of files would take longer to write than what the files hold.
  const classMaps = new Map(
    [...subjects].map((subject) => {
      const { targets, among = [] } = subject.classMap;
      return [subject, hashOf([[...targets], [...among]])];
    }),
  );
  return (chunk: number, test: TestCase, subject: Subject): ResultKey => ({
    model: { name: subject.classifier.name, identity: subject.classifier.identity },
    test: run.prefix + test.id,
    settings: test.settings ?? {},
    chunk,
    data: { dataset, samples: prints[chunk], transform: run.transform, classMap: classMaps.get(subject) },
  });
}

/** The steps that are missing, chunk by chunk, test by test; clean pixels of a chunk are decoded once and held. */
async function* openSteps(run: TestRun, chunks: readonly OpenChunk[]): AsyncGenerator<Step> {
  if (chunks.length === 0) return;
  const { dataset, batchSize, transform, workers } = run;
  const subset = new Int32Array(chunks.reduce((sum, { indices }) => sum + indices.length, 0));
  let end = 0;
  for (const { indices } of chunks) {
    subset.set(indices, end);
    end += indices.length;
  }
  const loader = createLoader(dataset, {
    ...{ batchSize, transform, subset },
    ...(workers !== undefined && { workers }),
  });
  const batches = loader.epoch(0);
  try {
    let next = await batches.next();
    for (const chunk of chunks) {
      // Batches do not cross chunks; an undecodable image may be missing, or a whole batch.
      const own = new Set(chunk.indices);
      const held: PixelBatch[] = [];
      const [first, ...others] = chunk.tests;
      while (!next.done && own.has(next.value.indices[0]!)) {
        const { pixels, shape, labels, indices } = next.value;
        const batch: PixelBatch = { kind: 'pixels', pixels: share(pixels), shape, labels, indices };
        held.push(batch);
        next = await batches.next();
        yield { chunk, planned: first!, batch, labels, last: next.done === true || !own.has(next.value.indices[0]!) };
      }
      for (const planned of others) {
        for (const [i, batch] of held.entries())
          yield { chunk, planned, batch, labels: batch.labels, last: i === held.length - 1 };
      }
    }
  } finally {
    await batches.return();
    await loader.close();
  }
}

/** A test is told the classes of the model that takes it: an attack moves away from them. Models that share a test do not share more than images. */
function withModelLabels({ batch, planned, labels }: Step): TestBatch {
  const { targets } = planned.subjects[0]!.classMap;
  return { ...batch, labels: labels.map((label) => targets[label]!) };
}

/** Cuts the subset into chunks and finds what of each has not been kept. */
async function planChunks(run: TestRun) {
  const { subset, chunkSize, dataset, store, tests, isOwn = () => true } = run;
  const starts = Array.from({ length: Math.ceil(subset.length / chunkSize) }, (_, chunk) => chunk * chunkSize);
  const parts = starts.map((start) => subset.subarray(start, start + chunkSize));
  const keyOf = makeKeys(run, await datasetFingerprint(dataset), parts);
  const chunks: OpenChunk[] = [];
  for (const [number, indices] of parts.entries()) {
    if (!isOwn(number)) continue;
    const missing: PlannedTest[] = [];
    for (const { test, subjects } of tests) {
      const open: Subject[] = [];
      for (const subject of subjects) if (!(await store.load(keyOf(number, test, subject)))) open.push(subject);
      if (open.length > 0) missing.push({ test, subjects: open });
    }
    if (missing.length > 0) chunks.push({ number, indices, tests: missing });
  }
  return { chunks, keyOf, count: parts.length };
}

/**
 * Runs tests on images, keeping outcomes chunk by chunk: a run that is stopped at any instant goes on with the chunk and test it was at. Each
 * image is decoded once per chunk, transformed once per test whatever the number of models, and while a model computes (on a thread of its own:
 * see `openSessionOnThread`) the next batches are decoded and transformed.
 *
 * @throws UserError for a data set of which no image is left
 */
export async function runTests(run: TestRun): Promise<TestResult[]> {
  const { store, tests, ahead = 4, onProgress } = run;
  const { chunks, keyOf, count } = await planChunks(run);
  const total = chunks.reduce(
    (sum, chunk) =>
      sum + chunk.indices.length * chunk.tests.reduce((models, { subjects }) => models + subjects.length, 0),
    0,
  );
  let done = 0;
  onProgress?.(0, total, '');
  const transformed = mapAhead(openSteps(run, chunks), ahead, async (step) => ({
    ...step,
    batch: await step.planned.test.transform(withModelLabels(step)),
  }));
  const judged = mapAhead(transformed, PREDICTIONS_AHEAD, async ({ batch, labels, ...step }) => {
    const outcomes: Outcomes[] = [];
    for (const { classifier, classMap } of step.planned.subjects) {
      const { measured } = batch;
      const found = outcomesOf(await classifier.scores(batch), labels, classMap);
      outcomes.push(measured ? { ...found, measured } : found);
    }
    return { ...step, outcomes, images: labels.length };
  });
  let parts: Outcomes[][] = [];
  for await (const { chunk, planned, last, outcomes, images } of judged) {
    parts.push(outcomes);
    done += images * outcomes.length;
    onProgress?.(done, total, run.prefix + planned.test.id);
    if (!last) continue;
    for (const [i, subject] of planned.subjects.entries()) {
      await store.save(keyOf(chunk.number, planned.test, subject), joinOutcomes(parts.map((part) => part[i]!)));
    }
    parts = [];
  }
  const load = async (test: TestCase, subject: Subject) => {
    const found: Outcomes[] = [];
    for (let chunk = 0; chunk < count; chunk++) {
      const part = await store.load(keyOf(chunk, test, subject));
      if (part) found.push(part);
    }
    if (found.length > 0) return joinOutcomes(found);
    throw new UserError(`runTests: ${run.dataset.name} must hold a decodable image, got none.`);
  };
  return tests.flatMap(({ test, subjects }) =>
    subjects.map((subject) => ({
      id: run.prefix + test.id,
      test,
      classifier: subject.classifier,
      outcomes: () => load(test, subject),
    })),
  );
}
