import type { Outcome } from '../check/check.ts';
import type { Evaluate } from '../evaluate/evaluate.ts';
import type { GoldenCase } from '../golden/golden-case.ts';
import { runClassify } from './classify.ts';
import { runClassifyProcedural } from './classify-procedural.ts';
import { runDegradations } from './degradations.ts';
import { runFrequencyLoss } from './frequency-loss.ts';
import { runFrequencyTransform } from './frequency-transform.ts';
import { runImageResize } from './image-resize.ts';
import { runInitStats } from './init-stats.ts';
import { runLayerDecay } from './layer-decay.ts';
import { runLoadPretrained } from './load-pretrained.ts';
import { runLrSchedule } from './lr-schedule.ts';
import { runMask } from './mask.ts';
import { runMfmTrain } from './mfm-train.ts';
import { runMfmTrainProcedural } from './mfm-train-procedural.ts';
import { runOptimizer } from './optimizer.ts';
import { runPosEmbed } from './pos-embed.ts';
import { runPretrainGroups } from './pretrain-groups.ts';
import { runPth } from './pth.ts';
import { runPthOdd } from './pth-odd.ts';

/** Compares this project with one golden case. */
export type Runner = (golden: GoldenCase, evaluate: Evaluate) => Promise<Outcome>;

/** Every runner by the kind of case it runs. A new kind is a new row. */
export const RUNNERS: Readonly<Record<string, Runner>> = {
  classify: runClassify,
  classify_procedural: runClassifyProcedural,
  degradations: runDegradations,
  frequency_loss: runFrequencyLoss,
  frequency_transform: runFrequencyTransform,
  image_resize: runImageResize,
  init_stats: runInitStats,
  layer_decay: runLayerDecay,
  load_pretrained: runLoadPretrained,
  lr_schedule: runLrSchedule,
  mask: runMask,
  mfm_train: runMfmTrain,
  mfm_train_procedural: runMfmTrainProcedural,
  optimizer: runOptimizer,
  pos_embed: runPosEmbed,
  pretrain_groups: runPretrainGroups,
  pth: runPth,
  pth_odd: runPthOdd,
};
