import { adaptiveAveragePool2d, resizeBilinear2d } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import type { ForwardContext } from '../encoder/encoder.ts';
import type { BufferSpec } from '../parameters/buffer-spec.ts';
import type { ParameterSpec } from '../parameters/parameter-spec.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { batchNormBuffer } from '../resnet/batch-norm.ts';
import { layerParameters } from '../resnet/block.ts';
import { type ChannelDropout, classifyPixels, pixelClassifierParameters } from './classify-pixels.ts';
import { convModule, runConvModule } from './conv-module.ts';
import type { UpernetConfig } from './segmenter-config.ts';

/** A head: maps of an encoder to logits at the size of the finest. */
export interface DenseHead {
  readonly parameters: ParameterSpec[];
  readonly buffers: BufferSpec[];
  /** Channels before its last layer, which dropout may leave out. */
  readonly channels: number;
  /**
   * @param maps float32 [N, C, h, w], from fine to coarse
   * @returns float32 [N, K, h, w] at the size of the map it works at
   */
  logits(
    parameters: Tensors,
    maps: readonly tf.Tensor4D[],
    context: ForwardContext,
    dropout?: ChannelDropout,
  ): tf.Tensor4D;
}

const HEAD = 'decode_head';
/** Cells to either side of a 3 × 3 kernel's middle count in the fusing convolutions. */
const FUSING = 3;

const planeOf = (x: tf.Tensor4D): [number, number] => [x.shape[2], x.shape[3]];

/**
 * UperNet (Xiao et al. 2018): pyramid pooling on the coarsest map, a feature pyramid from there to the finest, all levels joined. Names of
 * parameters and order of operations are mmsegmentation's UPerHead.
 *
 * @param widths channels of the encoder's maps, from fine to coarse
 */
export function buildUpernet(
  { channels, poolScales }: UpernetConfig,
  widths: readonly number[],
  numClasses: number,
): DenseHead {
  const coarsest = widths.at(-1)!;
  const finer = widths.slice(0, -1);
  const pools = poolScales.map((scale, index) => ({
    scale,
    layer: convModule(`${HEAD}.psp_modules.${index}.1`, coarsest, channels, 1),
  }));
  const bottleneck = convModule(`${HEAD}.bottleneck`, coarsest + pools.length * channels, channels, FUSING);
  const laterals = finer.map((width, index) => convModule(`${HEAD}.lateral_convs.${index}`, width, channels, 1));
  const outputs = finer.map((_, index) => convModule(`${HEAD}.fpn_convs.${index}`, channels, channels, FUSING));
  const fuse = convModule(`${HEAD}.fpn_bottleneck`, widths.length * channels, channels, FUSING);
  const layers = [...pools.map(({ layer }) => layer), bottleneck, ...laterals, ...outputs, fuse];

  /** Pyramid pooling module (Zhao et al. 2017): means over 1 … 36 parts of the map, as large as the map again, beside it. */
  function poolPyramid(parameters: Tensors, x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const pooled = pools.map(({ scale, layer }) => {
      const means = adaptiveAveragePool2d(x, [scale, scale]);
      return resizeBilinear2d(runConvModule(means, parameters, layer, context), planeOf(x));
    });
    return runConvModule(tf.concat([x, ...pooled], 1), parameters, bottleneck, context);
  }

  /** Each level plus all coarser ones, float32 [N, channels, h, w]. */
  function topDown(parameters: Tensors, maps: readonly tf.Tensor4D[], context: ForwardContext): tf.Tensor4D[] {
    const levels = laterals.map((layer, index) => runConvModule(maps[index]!, parameters, layer, context));
    levels.push(poolPyramid(parameters, maps.at(-1)!, context));
    for (let level = levels.length - 1; level > 0; level--) {
      const below = levels[level - 1]!;
      levels[level - 1] = tf.add(below, resizeBilinear2d(levels[level]!, planeOf(below)));
    }
    return levels;
  }

  return {
    channels,
    parameters: [...pixelClassifierParameters(HEAD, channels, numClasses), ...layers.flatMap(layerParameters)],
    buffers: layers.map(({ norm }) => batchNormBuffer(norm)),
    logits(parameters, maps, context, dropout) {
      const levels = topDown(parameters, maps, context).map((level, index) => {
        const layer = outputs[index];
        return layer ? runConvModule(level, parameters, layer, context) : level;
      });
      const size = planeOf(levels[0]!);
      const joined = tf.concat(
        levels.map((level) => resizeBilinear2d(level, size)),
        1,
      );
      const fused = runConvModule(joined, parameters, fuse, context);
      return classifyPixels(fused, parameters, HEAD, dropout);
    },
  };
}
