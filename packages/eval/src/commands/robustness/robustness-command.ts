import { createCommand, UserError, writeFileAtomic } from '@mfm/cli';
import type { BadSample, Dataset } from '@mfm/data';
import { gather } from '@mfm/mpi';
import {
  ALEXNET,
  type HeatMap,
  type PlannedTest,
  type RingErrorReport,
  readBaseline,
  type SuiteDocument,
  type TestResult,
} from '@mfm/robustness';
import { renderRobustnessReport } from '../../robustness-report/report-page.ts';
import type { ReportPictures } from '../../robustness-report/report-pictures.ts';
import type { EvalCommand } from '../eval-command.ts';
import { inJob, onEvery } from '../in-job.ts';
import { type Part, withDataOptions } from '../model-and-data.ts';
import { withPreprocessingOptions } from '../preprocessing-options.ts';
import { type BenchmarkOptions, benchmarkParts, givenFolders, withBenchmarkOptions } from './benchmark-options.ts';
import { openCleanSet } from './clean-set.ts';
import { formatDocument } from './format-document.ts';
import {
  checkFrequency,
  checkHeatMaps,
  formatFrequency,
  runHeatMaps,
  runRingErrorReports,
  withFrequency,
} from './frequency-drivers.ts';
import { judgeResults } from './judge-results.ts';
import { makeDocument } from './make-document.ts';
import { closeModels, makeSuiteModels, openModels } from './open-models.ts';
import { collectPictures, joinPictures } from './picture-driver.ts';
import { withProbeOptions } from './probe-options.ts';
import { groupModels, runBenchmarks, runCleanSet } from './run-suite.ts';
import { SECTIONS } from './sections.ts';
import { type OpenResults, openResults } from './shared-results.ts';
import { type SuiteArguments, withRunOptions } from './suite-arguments.ts';

const EXAMPLES = [
  'pnpm eval robustness --model mfm.onnx --data path/to/cifar10 --probe probe.safetensors',
  'pnpm eval robustness --model classifier.onnx --data path/to/images --corruptions contrast,pixelate --severities 1,3,5',
  'pnpm eval robustness --model vit.onnx --data path/to/images --corruptions none --attacks fgsm,pgd --epsilon 4/255 --checkpoint runs/vit',
  'pnpm eval robustness --model a.onnx b.onnx --data val --imagenet-c ImageNet-C --imagenet-a imagenet-a --suite paper --results runs/robustness',
  'pnpm eval robustness --model a.onnx --data path/to/cifar10 --frequency heatmap,low-pass,high-pass --report robustness.html',
];

type Arguments = SuiteArguments & BenchmarkOptions;

/** Known values of `--suite`. */
const SUITES = ['paper'];

/** What was meant where nothing was said: no corruptions in memory beside published ones. */
function resolveArguments(args: Arguments): Arguments {
  if (args.suite !== undefined && !SUITES.includes(args.suite)) {
    throw new UserError(`--suite: must be ${SUITES.join(' or ')}, got "${args.suite}".`);
  }
  const folders = givenFolders(args);
  if (args.data === undefined && folders.size === 0) {
    throw new UserError('eval robustness: --data or the folder of a published data set must be given, got neither.');
  }
  checkFrequency(args);
  const published = args.suite === 'paper' || folders.has('imagenet-c') || folders.has('cifar10-c');
  return { ...args, corruptions: args.corruptions ?? (published ? 'none' : 'all') };
}

/** What was measured, and pictures if there is to be a report. */
interface Measured {
  readonly document: SuiteDocument;
  readonly pictures: ReportPictures;
}

async function measure(args: Arguments): Promise<Measured | undefined> {
  const { communicator, data } = args;
  const isRoot = (communicator?.rank ?? 0) === 0;
  const { baseline, parts, opened } = await onEvery(args, async () => ({
    baseline: args.baseline === undefined ? ALEXNET : await readBaseline(args.baseline),
    parts: await benchmarkParts(args),
    opened: await openModels(args),
  }));
  const transforms = opened.map(({ transform }) => transform);
  const badSamples: BadSample[] = [];
  const note = (dataset: Dataset) => badSamples.push(...dataset.badSamples);
  let clean: Part | undefined;
  let kept: OpenResults | undefined;
  try {
    await onEvery(args, async () => checkHeatMaps(args, transforms));
    if (data !== undefined) {
      const fitsProbe = opened.some(({ isClassifier, saved }) => !isClassifier && !saved);
      const { imageSize } = opened[0]!.model.preprocessing;
      clean = await onEvery(args, () => openCleanSet({ ...args, data }, imageSize, fitsProbe));
    }
    const models = await makeSuiteModels(opened, clean?.dataset, args);
    kept = await openResults(args.results, communicator);
    const { store } = kept;
    const results: TestResult[] = [];
    const pictures: ReportPictures[] = [];
    const maps = new Map<string, HeatMap>();
    const ringErrors: RingErrorReport[] = [];
    for (const group of groupModels(models, transforms)) {
      const part = clean;
      if (part) {
        const examine = async (tests: readonly PlannedTest[]) => {
          if (args.report !== undefined && isRoot) pictures.push(await collectPictures(tests, group, part, args));
        };
        results.push(...(await runCleanSet(group, part, SECTIONS, store, args, examine)));
        for (const [name, map] of await runHeatMaps(group, part, kept.folder, args)) maps.set(name, map);
        if (ringErrors.length === 0) ringErrors.push(...(await runRingErrorReports(group, part, args)));
      }
      results.push(...(await runBenchmarks(group, parts, store, args, note)));
    }
    if (clean) note(clean.dataset);
    const left = communicator ? (await gather(communicator, badSamples)).flat() : badSamples;
    // Now, not at the end: the others would wait for rank 0 with a core at work.
    await communicator?.close();
    if (!isRoot) return undefined;
    const judged = await judgeResults(results, { resamples: args.bootstrap, seed: args.seed });
    const { seed, device, severities, corruptions, bootstrap, suite = null } = args;
    const document = makeDocument(
      models,
      judged,
      { errors: baseline, given: args.baseline !== undefined },
      {
        data: {
          name: data ?? '',
          images: judged.find(({ result }) => result.id === 'clean')?.right.length ?? 0,
          classes: clean?.dataset.classes ?? [],
          others: Object.fromEntries(givenFolders(args)),
        },
        settings: {
          ...{ seed, device, severities: severities ?? [1, 2, 3, 4, 5], corruptions, bootstrap, suite },
          ...(args.frequency && { frequency: args.frequency }),
        },
        badSamples: [...new Map(left.map((sample) => [sample.file, sample])).values()],
      },
    );
    return { document: withFrequency(document, maps, ringErrors), pictures: joinPictures(pictures) };
  } finally {
    await kept?.remove();
    await clean?.dataset.close();
    await closeModels(opened);
  }
}

async function runRobustness(given: Arguments): Promise<void> {
  const args = await onEvery(given, async () => resolveArguments(given));
  const measured = await measure(args);
  if (!measured) return;
  const { document, pictures } = measured;
  if (args.report !== undefined) await writeFileAtomic(args.report, await renderRobustnessReport(document, pictures));
  if (args.json) {
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  process.stdout.write(formatDocument(document, args.suite === 'paper') + formatFrequency(document));
  if (args.report !== undefined) process.stdout.write(`Report: ${args.report}\n`);
}

/** `pnpm eval robustness`. */
export const robustnessCommand: EvalCommand = {
  name: 'robustness',
  summary: 'accuracy under corruptions, attacks and other images; calibration; frequencies',
  create: () => {
    const description =
      'Robustness of ONNX classifiers, or of features with a linear probe, saved or fitted first: corruptions, published data sets, attacks, frequencies.';
    const command = withDataOptions(
      createCommand('robustness', description, EXAMPLES)
        .requiredOption('--model <files...>', 'ONNX files of classifiers, or of features; several are compared')
        .option('--data <spec>', 'clean images: a data set with a test split, or without splits'),
    );
    const own = withRunOptions(withPreprocessingOptions(withBenchmarkOptions(withProbeOptions(command))));
    return SECTIONS.reduce((grown, section) => section.addOptions(grown), own).action(inJob(runRobustness));
  },
};
