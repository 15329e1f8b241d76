import * as tf from '@tensorflow/tfjs-core';
import { branchRates, createDropPath, type DropPath, dropPathSchedule } from '../encoder/drop-path.ts';
import { type Encoder, type EncoderOptions, evaluation, type ForwardContext } from '../encoder/encoder.ts';
import { norm } from '../parameters/parameter-spec.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { blockBuffers, blockParameters, type SwinBlock, swinBlock, swinNorm } from './block.ts';
import { embeddingParameters, embedPatches } from './patch-embedding.ts';
import { mergePatches, mergingParameters } from './patch-merging.ts';
import { type SwinConfig, swinStride } from './swin-config.ts';
import { mergeOrder, rasterOrder, type TokenOrder, tokenMove } from './token-order.ts';
import { windowGeometry } from './window.ts';

/** Blocks at one resolution. */
interface Stage {
  readonly name: string;
  readonly side: number;
  readonly width: number;
  readonly blocks: readonly SwinBlock[];
}

function stagesOf(config: SwinConfig, { imageSize, prefix, dropPathRate = 0 }: EncoderOptions): Stage[] {
  const { patchSize, embedDim, depths, numHeads, windowSize, mlpRatio, qkvBias } = config;
  const rates = dropPathSchedule(
    dropPathRate,
    depths.reduce((sum, depth) => sum + depth, 0),
  );
  return depths.map((depth, index) => {
    const name = `${prefix}layers.${index}`;
    const [side, width] = [imageSize / (patchSize * 2 ** index), embedDim * 2 ** index];
    const blocks = rates.splice(0, depth).map((dropRate, block): SwinBlock => {
      const geometry = windowGeometry(side, windowSize, block);
      return {
        name: `${name}.blocks.${block}`,
        width,
        numHeads: numHeads[index]!,
        mlpRatio,
        qkvBias,
        geometry,
        dropRate,
      };
    });
    return { name, side, width, blocks };
  });
}

const firstOrder = ({ blocks }: Stage): TokenOrder => blocks[0]!.geometry.order;
const lastOrder = ({ blocks }: Stage): TokenOrder => blocks.at(-1)!.geometry.order;

type StageForward = (x: tf.Tensor2D, parameters: Tensors, batch: number, dropPath: DropPath) => tf.Tensor2D;

/** The blocks of a stage, from the order of the first to that of the last. */
function stageForward({ blocks }: Stage): StageForward {
  const moves = blocks.map(({ geometry }, index) =>
    tokenMove(blocks[Math.max(0, index - 1)]!.geometry.order, geometry.order),
  );
  return (x, parameters, batch, dropPath) =>
    // Tidied one by one: an eager backend holds one block's intermediate values at a time, or what their gradients read.
    blocks.reduce(
      (rows, block, index) => tf.tidy(() => swinBlock(moves[index]!(rows, batch), parameters, block, dropPath)),
      x,
    );
}

/** From the output of a stage, in the order of its last block, to the input of the next, in the order of its first. */
function mergeForward(stage: Stage, next: Stage): (x: tf.Tensor2D, parameters: Tensors, batch: number) => tf.Tensor2D {
  const move = tokenMove(lastOrder(stage), mergeOrder(firstOrder(next), stage.side));
  return (x, parameters, batch) => mergePatches(move(x, batch), parameters, `${stage.name}.downsample`);
}

/** Builds a Swin Transformer encoder (Liu et al. 2021). The configuration has been checked. */
export function buildSwin(config: SwinConfig, options: EncoderOptions): Encoder {
  const { imageSize, prefix } = options;
  const stride = swinStride(config);
  const grid = imageSize / stride;
  const stages = stagesOf(config, options);
  const [first, last] = [stages[0]!, stages.at(-1)!];
  const blocks = stages.flatMap((stage) => stage.blocks);
  const arrange = tokenMove(rasterOrder(first.side), firstOrder(first));
  const run = stages.map(stageForward);
  const merge = stages.slice(1).map((next, index) => mergeForward(stages[index]!, next));
  const toRaster = stages.map((stage) => tokenMove(lastOrder(stage), rasterOrder(stage.side)));

  /** Output of every stage before downsampling, float32 [N·L, D] in the order of its last block. */
  const unnormalised = (parameters: Tensors, images: tf.Tensor4D, context: ForwardContext): tf.Tensor2D[] => {
    const batch = images.shape[0];
    const dropPath = createDropPath(context);
    let x = embedPatches(parameters, images, prefix, config, arrange);
    return run.map((forward, index) => {
      const output = forward(x, parameters, batch, dropPath);
      x = merge[index]?.(output, parameters, batch) ?? output;
      return output;
    });
  };
  /** The same, the last one normalised. */
  const outputs = (parameters: Tensors, images: tf.Tensor4D, context: ForwardContext): tf.Tensor2D[] => {
    const results = unnormalised(parameters, images, context);
    return [...results.slice(0, -1), swinNorm(results.at(-1)!, parameters, `${prefix}norm`)];
  };
  const mapOf = (rows: tf.Tensor2D, batch: number, index: number): tf.Tensor4D => {
    const { side, width } = stages[index]!;
    const raster = toRaster[index]!(rows, batch);
    return tf.transpose(tf.reshape(raster, [batch, side, side, width]), [0, 3, 1, 2]) as tf.Tensor4D;
  };
  const meanOf = (rows: tf.Tensor2D, batch: number): tf.Tensor2D =>
    tf.mean(tf.reshape(rows, [batch, grid * grid, last.width]), 1);

  const beforeNorm = [
    ...embeddingParameters(config, prefix, first.side),
    ...stages.flatMap(({ name, width, blocks: own }, index) => [
      ...own.flatMap(blockParameters),
      ...(index < merge.length ? mergingParameters(`${name}.downsample`, width) : []),
    ]),
  ];
  /** Normalisation of a stage's map where maps are what is wanted, as in Swin's own code for detection and segmentation. */
  const stageNorm = (index: number) => `${prefix}norm${index}`;

  return {
    ...{ embedDim: last.width, stride, grid },
    dropPathRates: branchRates(blocks.map(({ dropRate }) => dropRate)),
    parameters: [...beforeNorm, ...norm(`${prefix}norm`, last.width)],
    buffers: blocks.flatMap(blockBuffers),
    encode: (parameters, images, context) =>
      toRaster.at(-1)!(outputs(parameters, images, context).at(-1)!, images.shape[0]),
    pooled: (parameters, images, context) => meanOf(outputs(parameters, images, context).at(-1)!, images.shape[0]),
    features(parameters, images) {
      const batch = images.shape[0];
      const results = outputs(parameters, images, evaluation());
      const maps = results.map((rows, index) => [`stage_${index + 1}`, mapOf(rows, batch, index)]);
      return { mean_pooled: meanOf(results.at(-1)!, batch), ...Object.fromEntries(maps) };
    },
    stages: {
      maps: stages.map(({ width, side }) => ({ width, stride: imageSize / side })),
      parameters: [...beforeNorm, ...stages.flatMap(({ width }, index) => norm(stageNorm(index), width))],
      run: (parameters, images, context) =>
        unnormalised(parameters, images, context).map((rows, index) =>
          mapOf(swinNorm(rows, parameters, stageNorm(index)), images.shape[0], index),
        ),
    },
  };
}
