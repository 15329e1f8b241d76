import * as tf from '@tensorflow/tfjs-core';
import type { DropPath } from '../encoder/drop-path.ts';
import type { ForwardContext } from '../encoder/encoder.ts';
import { type ParameterSpec, zeros } from '../parameters/parameter-spec.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { batchNorm, batchNormParameters } from './batch-norm.ts';
import { type ConvolutionConfig, convolution, convolutionParameters } from './convolution.ts';
import { EXPANSION, type ResnetConfig } from './resnet-config.ts';

/** A convolution and the batch normalisation that follows it. */
export interface Layer {
  readonly convolution: ConvolutionConfig;
  /** Name of the normalisation. */
  readonly norm: string;
}

/** A residual block: the layers of its branch in order, and those of its shortcut where shapes change. */
export interface Block {
  readonly branch: readonly Layer[];
  readonly shortcut: Layer | undefined;
  /** Probability that a sample's branch is dropped in training. */
  readonly dropRate: number;
}

interface BlockShape {
  readonly name: string;
  readonly inputs: number;
  /** Width of the stage before the expansion. */
  readonly width: number;
  readonly stride: number;
  readonly dropRate: number;
}

/** Side of the kernel of each layer of the branch; the stride is in the first of side 3 (He et al. 2016; timm). */
const KERNELS: Readonly<Record<ResnetConfig['block'], readonly number[]>> = {
  basic: [3, 3],
  bottleneck: [1, 3, 1],
};

/** The layers of a block, with timm's names. */
export function describeBlock(kind: ResnetConfig['block'], shape: BlockShape): Block {
  const { name, inputs, width, stride, dropRate } = shape;
  const outputs = width * EXPANSION[kind];
  const kernels = KERNELS[kind];
  const branch = kernels.map((kernel, index): Layer => {
    const isLast = index === kernels.length - 1;
    return {
      convolution: {
        ...{ name: `${name}.conv${index + 1}`, kernel },
        inputs: index === 0 ? inputs : width,
        outputs: isLast ? outputs : width,
        stride: index === kernels.indexOf(3) ? stride : 1,
      },
      norm: `${name}.bn${index + 1}`,
    };
  });
  const isIdentity = stride === 1 && inputs === outputs;
  const shortcut: Layer = {
    convolution: { name: `${name}.downsample.0`, inputs, outputs, kernel: 1, stride },
    norm: `${name}.downsample.1`,
  };
  return { branch, shortcut: isIdentity ? undefined : shortcut, dropRate };
}

/** All layers of a block in the order of its state dict. */
export const blockLayers = ({ branch, shortcut }: Block): Layer[] => [...branch, ...(shortcut ? [shortcut] : [])];

/** Parameters of a convolution and its normalisation. */
export const layerParameters = ({ convolution: config, norm }: Layer): ParameterSpec[] => [
  convolutionParameters(config),
  ...batchNormParameters(norm, config.outputs),
];

/** Parameters of a block. The last scale of the branch begins with zero, so that every block begins as its shortcut. */
export function blockParameters(block: Block): ParameterSpec[] {
  const lastScale = `${block.branch.at(-1)!.norm}.weight`;
  return blockLayers(block)
    .flatMap(layerParameters)
    .map((spec) => (spec.name === lastScale ? { ...spec, init: zeros } : spec));
}

/** Convolution and normalisation. */
export const runLayer = (x: tf.Tensor4D, parameters: Tensors, layer: Layer, context: ForwardContext): tf.Tensor4D =>
  batchNorm(convolution(x, parameters, layer.convolution), parameters, layer.norm, context);

/** Drops branches of whole samples, each of which counts as one row. */
function dropped(x: tf.Tensor4D, dropPath: DropPath, rate: number): tf.Tensor4D {
  if (rate === 0) return x;
  return tf.reshape(dropPath(tf.reshape(x, [x.shape[0], -1]) as tf.Tensor2D, rate), x.shape);
}

/**
 * relu(branch(x) + shortcut(x)).
 *
 * @param x float32 [N, inputs, H, W]
 * @returns float32 [N, width · expansion, H / stride, W / stride]
 */
export function runBlock(
  x: tf.Tensor4D,
  parameters: Tensors,
  { branch, shortcut, dropRate }: Block,
  context: ForwardContext,
  dropPath: DropPath,
): tf.Tensor4D {
  const y = branch.reduce((previous, layer, index) => {
    const input = index === 0 ? previous : tf.relu(previous);
    return runLayer(input, parameters, layer, context);
  }, x);
  const identity = shortcut ? runLayer(x, parameters, shortcut, context) : x;
  return tf.relu(tf.add(dropped(y, dropPath, dropRate), identity));
}
