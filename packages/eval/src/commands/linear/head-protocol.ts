import { formatTable, startProgress, UserError } from '@mfm/cli';
import { drawLines, html, renderTable } from '@mfm/report';
import { type FeatureTable, selectRows } from '../../features/feature-table.ts';
import { stratifiedSplit } from '../../features/seeded-subset.ts';
import { croppedFeatures, type FeatureBatches, storedFeatures } from '../../linear/heads/feature-batches.ts';
import { defaultBatchSize, HEAD_PROTOCOLS, type HeadProtocol } from '../../linear/heads/head-protocols.ts';
import { type TrainedHead, trainHeads } from '../../linear/heads/train-heads.ts';
import { tableAccuracy } from '../../linear/predictions.ts';
import { percent } from '../../measure/percent.ts';
import { extractPart, labelsOf, type Part } from '../model-and-data.ts';
import { requireEnough } from './lbfgs-protocol.ts';
import type { LinearArguments, ProbeProtocol, ProbeTask } from './probe-protocol.ts';

/** Where training features come from, by the names that `--crops` takes. */
const CROPS = ['random', 'center'] as const;
type Crops = (typeof CROPS)[number];

/** @throws UserError for another name */
export function parseCrops(crops = 'random'): Crops {
  const found = CROPS.find((name) => name === crops);
  if (found) return found;
  throw new UserError(`--crops: must be ${CROPS.join(' or ')}, got "${crops}".`);
}

/** The paper's protocol with what the arguments change. Warm-up keeps its share of the epochs. */
function resolveProtocol(protocol: HeadProtocol, args: LinearArguments, trainCount: number): HeadProtocol {
  const { epochs = protocol.epochs, learningRates: baseRates = protocol.baseRates } = args;
  const batchSize = args.batchSize ?? defaultBatchSize(protocol, trainCount);
  if (batchSize > trainCount) {
    throw new UserError(
      `--batch-size: must be at most the number of training images (${trainCount}), got ${batchSize}.`,
    );
  }
  const warmupEpochs = (protocol.warmupEpochs * epochs) / protocol.epochs;
  return { ...protocol, epochs, baseRates, batchSize, warmupEpochs };
}

/** Training images, less those that a grid of learning rates is judged by. */
function splitTraining(part: Part, args: LinearArguments, rates: number) {
  const { dataset, subset } = part;
  const labels = labelsOf(part);
  requireEnough(labels, args.validation);
  if (rates === 1) return { kept: subset, held: undefined };
  const { kept, held } = stratifiedSplit(labels, args.validation, args.seed);
  const pick = (places: Int32Array) => Int32Array.from(places, (place) => subset[place]!);
  return { kept: pick(kept), held: { dataset, subset: pick(held) } };
}

interface Sources {
  readonly batches: FeatureBatches;
  close(): Promise<void>;
}

async function openBatches({ model, splits, args }: ProbeTask, kept: Int32Array, batchSize: number): Promise<Sources> {
  const { seed, workers } = args;
  if (parseCrops(args.crops) === 'random') {
    const batches = croppedFeatures(model, splits.train.dataset, kept, { batchSize, seed, workers });
    return { batches, close: batches.close };
  }
  // All of the training set under one key of the cache, whatever is held out.
  const whole = await extractPart(model, splits.train, 'train', args);
  const wanted = new Set(kept);
  const places = [...splits.train.subset.keys()].filter((place) => wanted.has(splits.train.subset[place]!));
  if (whole.count !== splits.train.subset.length) {
    whole.close();
    throw new UserError(
      'eval linear: --crops center needs every training image to be decodable. Leave out the bad ones, or use --crops random.',
    );
  }
  const batches = storedFeatures(selectRows(whole, Int32Array.from(places)), { batchSize, seed });
  return { batches, close: async () => whole.close() };
}

interface HeadTrial extends TrainedHead {
  readonly validationAccuracy: number | undefined;
  readonly testAccuracy: number;
}

async function judge(
  heads: readonly TrainedHead[],
  held: FeatureTable | undefined,
  test: FeatureTable,
): Promise<HeadTrial[]> {
  const trials: HeadTrial[] = [];
  for (const head of heads) {
    const validationAccuracy = held && (await tableAccuracy(held, head.classifier));
    trials.push({ ...head, validationAccuracy, testAccuracy: await tableAccuracy(test, head.classifier) });
  }
  return trials;
}

const cell = (accuracy: number | undefined) => (accuracy === undefined ? '–' : percent(accuracy));

const HEAD = ['learning rate / 256', 'last loss', 'validation %', 'test %', ''];

async function fitHeads(protocol: HeadProtocol, task: ProbeTask) {
  const { model, splits, args, test } = task;
  const rates = (args.learningRates ?? protocol.baseRates).length;
  const { kept, held } = splitTraining(splits.train, args, rates);
  const settings = resolveProtocol(protocol, args, kept.length);
  const heldTable = held && (await extractPart(model, held, 'held out', args));
  const { batches, close } = await openBatches(task, kept, settings.batchSize);
  const progress = startProgress('linear heads', settings.epochs * batches.batchesPerEpoch);
  try {
    const heads = await trainHeads(batches, {
      ...{ ...settings, classCount: splits.classes.length, dim: model.dim, seed: args.seed },
      ...(args.threads && { threads: args.threads }),
      onProgress: (done, _, text) => progress.update(done, text),
    });
    const trials = await judge(heads, heldTable, test);
    // Of equal ones the smaller learning rate, tried first, stays.
    const chosen = trials.reduce((a, b) => ((b.validationAccuracy ?? 0) > (a.validationAccuracy ?? 0) ? b : a));
    return { settings, trials, chosen, trainCount: kept.length, steps: batches.batchesPerEpoch };
  } finally {
    progress.stop();
    heldTable?.close();
    await close();
  }
}

function headProtocol(name: keyof typeof HEAD_PROTOCOLS): ProbeProtocol {
  const protocol: HeadProtocol = HEAD_PROTOCOLS[name];
  return {
    summary: protocol.title,
    foreign: ['weightDecays'],
    async fit(task) {
      const { settings, trials, chosen, trainCount, steps } = await fitHeads(protocol, task);
      const { epochs, batchSize, warmupEpochs } = settings;
      const rows = trials.map((trial) => [
        ...[trial.baseRate, trial.losses.at(-1)!.toFixed(4), cell(trial.validationAccuracy), cell(trial.testAccuracy)],
        trials.length > 1 && trial === chosen ? 'chosen' : '',
      ]);
      const crops = parseCrops(task.args.crops);
      const how = `${protocol.title}; ${epochs} epochs of ${steps} steps of ${batchSize} images, ${crops} crops`;
      const curve = chosen.losses.map((loss, epoch) => [epoch + 1, loss] as const);
      const kept = trials.map(({ classifier: _, ...trial }) => trial);
      return {
        ...{
          classifier: chosen.classifier,
          weightDecay: 0,
          trainCount,
          leftOut: task.splits.train.dataset.badSamples.length,
        },
        figures: {
          ...{ epochs, batchSize, stepsPerEpoch: steps, warmupEpochs, crops, learningRate: chosen.baseRate },
          ...{ validationAccuracy: chosen.validationAccuracy ?? null, loss: chosen.losses.at(-1), trials: kept },
        },
        text: `${how}\n${formatTable(HEAD, rows)}`,
        sections: [
          {
            title: 'Training',
            text: `${how}. ${trials.length > 1 ? 'All learning rates are trained in one pass; the one that does best on held-out training images is taken.' : ''}`,
            content: html`${renderTable(HEAD, rows)}${
              curve.length > 1
                ? drawLines({ x: 'epoch', y: 'mean loss', series: [{ name: 'training', points: curve }] })
                : ''
            }`,
          },
        ],
      };
    },
  };
}

/** Batch normalisation without affine, LARS. */
export const maeProtocol = headProtocol('mae');
/** SGD over a grid of learning rates. */
export const dinoProtocol = headProtocol('dino');
