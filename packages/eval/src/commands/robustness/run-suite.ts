import { availableParallelism } from 'node:os';
import { startProgress } from '@mfm/cli';
import type { Dataset, TransformSpec } from '@mfm/data';
import {
  type BenchmarkPart,
  CLEAN,
  mapClasses,
  type PlannedTest,
  type ResultStore,
  runTests,
  type Subject,
  type TestCase,
  type TestResult,
} from '@mfm/robustness';
import { chooseSubset } from '../../features/seeded-subset.ts';
import type { Part } from '../model-and-data.ts';
import { measureAttack } from './frequency-options.ts';
import type { OpenedTests, RobustnessSection, SuiteModel } from './robustness-section.ts';
import type { SuiteArguments } from './suite-arguments.ts';

/** Models that see the same pixels. */
export interface ModelGroup {
  readonly transform: TransformSpec;
  readonly models: readonly SuiteModel[];
}

/** Groups models by the transform of their images: what a group shares is decoded and corrupted once. */
export function groupModels(models: readonly SuiteModel[], transforms: readonly TransformSpec[]): ModelGroup[] {
  const groups = new Map<string, { transform: TransformSpec; models: SuiteModel[] }>();
  for (const [i, model] of models.entries()) {
    const key = JSON.stringify(transforms[i]);
    const group = groups.get(key) ?? { transform: transforms[i]!, models: [] };
    group.models.push(model);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Images that a model sees at once: small ones need large batches to fill the cores, large ones would fill memory. */
export const batchSizeFor = (imageSize: number) => (imageSize <= 64 ? 256 : 32);

/** Runs tests of one set of images, showing how far it is. */
async function runWithProgress(
  label: string,
  prefix: string,
  { dataset, subset }: Part,
  transform: TransformSpec,
  tests: readonly PlannedTest[],
  store: ResultStore,
  args: SuiteArguments,
): Promise<TestResult[]> {
  const batchSize = Math.min(args.batchSize ?? batchSizeFor(transform.size), subset.length);
  const chunkSize = Math.max(1, Math.floor(args.chunkSize / batchSize)) * batchSize;
  const { communicator } = args;
  let progress: ReturnType<typeof startProgress> | undefined;
  let start = 0;
  const run = (isOwn: (chunk: number) => boolean) =>
    runTests({
      ...{ prefix, dataset, subset, transform, tests, store, batchSize, chunkSize, isOwn },
      ...(args.workers !== undefined && { workers: args.workers }),
      ahead: 2 * availableParallelism(),
      onProgress(done, total, test) {
        // Nothing to show where everything is kept from an earlier run; of several ranks one shows its own share.
        if (total === 0 || (communicator && communicator.rank > 0)) return;
        if (!progress) {
          progress = startProgress(label, total);
          start = performance.now();
        }
        const rate = (1000 * done) / (performance.now() - start);
        progress.update(done, done > 0 ? `${test} · ${rate.toPrecision(3)} images/s` : '');
      },
    });
  try {
    if (communicator) {
      await run((chunk) => chunk % communicator.size === communicator.rank);
      await communicator.barrier();
      // What all have put into the store is read by one, which would also make what is missing there.
      if (communicator.rank > 0) return [];
    }
    return await run(() => true);
  } finally {
    progress?.stop();
  }
}

const subjectsOf = (models: readonly SuiteModel[], classMap: (model: SuiteModel) => Subject['classMap']): Subject[] =>
  models.map((classifier) => ({ classifier, classMap: classMap(classifier) }));

/**
 * Runs every section's tests on the clean images.
 *
 * @param examine told the tests after they were run, while what they hold is open
 */
export async function runCleanSet(
  { transform, models }: ModelGroup,
  part: Part,
  sections: readonly RobustnessSection<SuiteArguments>[],
  store: ResultStore,
  args: SuiteArguments,
  examine?: (tests: readonly PlannedTest[]) => Promise<void>,
): Promise<TestResult[]> {
  const { classes, name } = part.dataset;
  const subjects = subjectsOf(models, (model) => mapClasses(classes, model.classes, name));
  const context = { imageSize: transform.size, seed: args.seed };
  const measured = (test: TestCase) => (test.section === 'attack' ? measureAttack(args, test) : test);
  const opened: OpenedTests[] = [];
  const tests: PlannedTest[] = [{ test: CLEAN, subjects }];
  const add = (own: OpenedTests | undefined, takers: readonly Subject[]) => {
    if (!own) return;
    opened.push(own);
    tests.push(...own.tests.map((test) => ({ test: measured(test), subjects: takers })));
  };
  try {
    for (const section of sections) {
      add(await section.sharedTests?.(args, context), subjects);
      for (const [i, model] of models.entries()) add(await section.modelTests?.(args, context, model), [subjects[i]!]);
    }
    const results = await runWithProgress('robustness', '', part, transform, tests, store, args);
    await examine?.(tests);
    return results;
  } finally {
    for (const own of opened) await own.close?.();
  }
}

/** Runs the published tests, one data set after the other. */
export async function runBenchmarks(
  { transform, models }: ModelGroup,
  parts: readonly BenchmarkPart[],
  store: ResultStore,
  args: SuiteArguments,
  onClosed: (dataset: Dataset) => void,
): Promise<TestResult[]> {
  const results: TestResult[] = [];
  for (const [i, part] of parts.entries()) {
    const dataset = await part.open();
    try {
      const subset = chooseSubset(dataset.length, args.testLimit, args.seed, 'test');
      const subjects = subjectsOf(models, (model) => part.classMap(dataset, model.classes));
      const label = `${part.prefix}${part.test.id} (${i + 1} of ${parts.length})`;
      const own = part.transform({ imageSize: transform.size, transform });
      const tests = [{ test: part.test, subjects }];
      results.push(...(await runWithProgress(label, part.prefix, { dataset, subset }, own, tests, store, args)));
    } finally {
      onClosed(dataset);
      await dataset.close();
    }
  }
  return results;
}
