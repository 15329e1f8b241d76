import { globalAveragePool, maxPool2d } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { createDropPath, dropPathSchedule } from '../encoder/drop-path.ts';
import { type Encoder, type EncoderOptions, evaluation, type ForwardContext } from '../encoder/encoder.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { batchNormBuffer } from './batch-norm.ts';
import {
  type Block,
  blockLayers,
  blockParameters,
  describeBlock,
  type Layer,
  layerParameters,
  runBlock,
  runLayer,
} from './block.ts';
import { EXPANSION, RESNET_STRIDE, type ResnetConfig } from './resnet-config.ts';

const CHANNELS = [64, 128, 256, 512];
const STEM = 64;

/** The four stages: lists of blocks. The first block of each but the first stage halves the map. */
function describeStages(config: ResnetConfig, prefix: string, dropPathRate: number): Block[][] {
  const { block: kind, layers, channels = CHANNELS, stem = STEM } = config;
  const count = layers.reduce((sum, blocks) => sum + blocks, 0);
  const dropRates = dropPathSchedule(dropPathRate, count);
  let [inputs, index] = [stem, 0];
  return layers.map((blocks, stage) =>
    Array.from({ length: blocks }, (_, number) => {
      const width = channels[stage]!;
      const shape = { inputs, width, stride: stage > 0 && number === 0 ? 2 : 1, dropRate: dropRates[index++]! };
      inputs = width * EXPANSION[kind];
      return describeBlock(kind, { name: `${prefix}layer${stage + 1}.${number}`, ...shape });
    }),
  );
}

/**
 * Builds a ResNet encoder (He et al. 2016) with the names, layout and initial values of timm, as the official code has it. Everything
 * is NCHW. The configuration has been checked.
 */
export function buildResnet(config: ResnetConfig, { imageSize, prefix, dropPathRate = 0 }: EncoderOptions): Encoder {
  const { block: kind, channels = CHANNELS, stem: stemWidth = STEM } = config;
  const stem: Layer = {
    convolution: { name: `${prefix}conv1`, inputs: 3, outputs: stemWidth, kernel: 7, stride: 2 },
    norm: `${prefix}bn1`,
  };
  const stages = describeStages(config, prefix, dropPathRate);
  const blocks = stages.flat();
  const embedDim = channels.at(-1)! * EXPANSION[kind];
  const grid = imageSize / RESNET_STRIDE;

  /** The map after each stage. */
  function maps(parameters: Tensors, images: tf.Tensor4D, context: ForwardContext): tf.Tensor4D[] {
    const dropPath = createDropPath(context);
    const first = tf.relu(runLayer(images, parameters, stem, context));
    let x = maxPool2d(first, { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
    return stages.map((stage) => {
      for (const block of stage) x = runBlock(x, parameters, block, context, dropPath);
      return x;
    });
  }
  const parameters = [...layerParameters(stem), ...blocks.flatMap(blockParameters)];
  const last = (parameters: Tensors, images: tf.Tensor4D, context: ForwardContext) =>
    maps(parameters, images, context).at(-1)!;

  return {
    ...{ embedDim, stride: RESNET_STRIDE, grid },
    dropPathRates: blocks.map(({ dropRate }) => dropRate).filter((rate) => rate > 0),
    parameters,
    buffers: [stem, ...blocks.flatMap(blockLayers)].map(({ norm }) => batchNormBuffer(norm)),
    encode(parameters, images, context) {
      const cells = tf.transpose(last(parameters, images, context), [0, 2, 3, 1]);
      return tf.reshape(cells, [images.shape[0] * grid * grid, embedDim]);
    },
    pooled: (parameters, images, context) => globalAveragePool(last(parameters, images, context)),
    features(parameters, images) {
      const all = maps(parameters, images, evaluation());
      const named = all.map((map, index) => [`stage_${index + 1}`, map] as const);
      return { mean_pooled: globalAveragePool(all.at(-1)!), ...Object.fromEntries(named) };
    },
    stages: {
      maps: channels.map((width, index) => ({
        width: width * EXPANSION[kind],
        stride: RESNET_STRIDE / 2 ** (3 - index),
      })),
      parameters,
      run: maps,
    },
  };
}
