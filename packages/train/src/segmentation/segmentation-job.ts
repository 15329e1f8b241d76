import { UserError } from '@mfm/cli';
import { type Batch, NO_CLASS, PHOTOMETRIC, type SegmentationDataset, segmentationTransform } from '@mfm/data';
import { buildSegmenter, loadBackbone, type Segmenter, segmenterDecayGroup } from '@mfm/models';
import { parseSegmentationConfig } from '../config/parse-config.ts';
import type { SegmentationConfig } from '../config/segmentation-config.ts';
import type { EngineBatch, TrainState } from '../engine/engine.ts';
import { readPretrained } from '../finetune/read-pretrained.ts';
import { reportPretrained } from '../finetune/report-pretrained.ts';
import { drawKept } from '../loop/draw-kept.ts';
import { shareOfBatch } from '../loop/share-of-batch.ts';
import { initialState } from '../loop/train-state.ts';
import type { TrainingJob } from '../loop/training-job.ts';
import { openMeanIou } from './mean-iou.ts';
import { buildSegmentationStep } from './segmentation-step.ts';

type Classes = Required<Pick<SegmentationConfig['model'], 'numClasses' | 'classes' | 'palette'>>;

/** The classes of the data, which the model must have if it names any. */
function modelClasses({ model }: SegmentationConfig, { name, classes, palette }: SegmentationDataset): Classes {
  const { numClasses = classes.length } = model;
  if (numClasses !== classes.length) {
    throw new UserError(
      `model.numClasses: must be the classes of ${name} (${classes.length}), got ${numClasses}. Leave it out.`,
    );
  }
  const colours = palette.map(([red, green, blue]): [number, number, number] => [red, green, blue]);
  return { numClasses, classes: model.classes ?? [...classes], palette: model.palette ?? colours };
}

/** Random weights, and over them those of the checkpoint's encoder; says on standard error what came from where. */
async function pretrainedState({ seed, pretrained }: SegmentationConfig, segmenter: Segmenter): Promise<TrainState> {
  const { checkpoint, resizePositionEmbedding } = pretrained;
  if (checkpoint === null) return initialState(segmenter.parameters, seed);
  const { state } = await readPretrained(checkpoint);
  const loaded = loadBackbone(segmenter, state, { seed, resizePositionEmbedding });
  reportPretrained(loaded);
  const values = Object.entries(loaded.parameters).map(([name, { data }]) => [name, data] as const);
  return initialState(segmenter.parameters, seed, Object.fromEntries(values));
}

/** Pixels of a batch that have a class: what a mean over those is a mean over. */
function labelledPixels({ labels }: EngineBatch): number {
  let count = 0;
  for (const label of labels!) if (label !== NO_CLASS) count++;
  return count;
}

/**
 * Training of a segmenter.
 *
 * @param ranks processes that share every batch
 * @throws UserError when the model's configuration does not fit together or with the classes of the data
 */
export function createSegmentationJob(
  asked: SegmentationConfig,
  dataset: SegmentationDataset,
  ranks: number,
): TrainingJob {
  const classes = modelClasses(asked, dataset);
  // Parsed once more for the order of its keys: a resumed run, where the classes are known before, stores the same bytes.
  const config = parseSegmentationConfig({ ...asked, model: { ...asked.model, ...classes } }, dataset.name);
  const { model, data, loss, optimiser, accumulationSteps, seed } = config;
  const { betas, epsilon, weightDecay, clipGrad, layerDecay, emaDecay } = optimiser;
  const segmenter = buildSegmenter({ ...model, ...classes });
  const step = buildSegmentationStep({
    ...{ segmenter, accumulationSteps, ...shareOfBatch(config, ranks) },
    ...{ auxiliaryWeight: loss.auxiliaryWeight, mean: loss.mean },
    optimiser: {
      ...{ betas, epsilon, weightDecay, clipGrad: clipGrad ?? Number.POSITIVE_INFINITY },
      group: segmenterDecayGroup(model.encoder, layerDecay),
      ...(emaDecay !== null && { emaDecay }),
    },
  });
  const { dropPathRates } = segmenter.encoder;
  const { dropout } = model.upernet;
  const dropoutRates = dropout > 0 ? new Array<number>(segmenter.dropoutChannels).fill(dropout) : [];
  return {
    ...{ config, step, parameters: segmenter.parameters },
    transform: segmentationTransform(model.imageSize, {
      ...{ ratioRange: data.ratioRange, catMaxRatio: data.catMaxRatio, flip: data.flip, mean: model.mean },
      ...(data.fit && { fit: data.fit }),
      ...(data.photometric && { photometric: PHOTOMETRIC }),
    }),
    ...(loss.mean === 'labelled' &&
      config.distributed.lossNormalisation === 'global' && { lossWeight: labelledPixels }),
    initialState: () => pretrainedState(config, segmenter),
    prepare(epoch: number, { pixels, masks, indices }: Batch): EngineBatch {
      const key = { seed, epoch, indices };
      return {
        ...{ pixels, labels: masks! },
        ...(dropoutRates.length > 0 && { dropout: drawKept(dropoutRates, 'dropout', key) }),
        ...(dropPathRates.length > 0 && { dropPath: drawKept(dropPathRates, 'dropPath', key) }),
      };
    },
    openEvaluation: (rank) => openMeanIou(config, segmenter, dataset.classes, rank),
  };
}
