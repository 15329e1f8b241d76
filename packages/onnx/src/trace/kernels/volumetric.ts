import { backend_util } from '@tensorflow/tfjs-core';
import type { GraphBuilder } from '../../graph/builder.ts';
import { transpose } from '../../graph/operators/movement.ts';
import { ints, staticShape, type Value } from '../../graph/value.ts';
import type { LoweringContext, LoweringTable } from '../lowering.ts';

type Shape5D = [number, number, number, number, number];
type Triple = [number, number, number];

interface PoolAttributes {
  filterSize: number | Triple;
  strides: number | Triple;
  pad: 'valid' | 'same' | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface ConvAttributes {
  strides: number | Triple;
  pad: 'valid' | 'same';
  dilations?: number | Triple;
}

const toNcdhw = (g: GraphBuilder, x: Value) => transpose(g, x, [0, 4, 1, 2, 3]);
const toNdhwc = (g: GraphBuilder, x: Value) => transpose(g, x, [0, 2, 3, 4, 1]);
/** DHWIO → OIDHW. */
const toOidhw = (g: GraphBuilder, filter: Value) => transpose(g, filter, [4, 3, 0, 1, 2]);

const padsOf = ({ front, top, left, back, bottom, right }: backend_util.Conv3DInfo['padInfo']) => [
  front,
  top,
  left,
  back,
  bottom,
  right,
];

function convInfo(inputShape: readonly number[], filter: Value, { strides, pad, dilations = 1 }: ConvAttributes) {
  const filterShape = staticShape(filter) as Shape5D;
  const info = backend_util.computeConv3DInfo(inputShape as Shape5D, filterShape, strides, dilations, pad);
  return {
    info,
    attributes: {
      strides: ints([info.strideDepth, info.strideHeight, info.strideWidth]),
      dilations: ints([info.dilationDepth, info.dilationHeight, info.dilationWidth]),
      pads: ints(padsOf(info.padInfo)),
    },
  };
}

/** TensorFlow.js convolves NDHWC data with DHWIO filters alone. */
function conv3d({ g, input, attrs }: LoweringContext): Value {
  const [x, filter] = [input('x'), input('filter')];
  const { info, attributes } = convInfo(staticShape(x), filter, attrs);
  const shape = [info.batchSize, info.outChannels, info.outDepth, info.outHeight, info.outWidth];
  return toNdhwc(g, g.add('Conv', [toNcdhw(g, x), toOidhw(g, filter)], [{ type: x.type, shape }], attributes)[0]!);
}

/** Gradient with respect to the input; a forward operator too, the transposed convolution. */
function conv3dInputGradient({ g, input, attrs }: LoweringContext): Value {
  const [dy, filter] = [input('dy'), input('filter')];
  const { info, attributes } = convInfo(attrs.inputShape as number[], filter, attrs);
  const shape = [info.batchSize, info.inChannels, info.inDepth, info.inHeight, info.inWidth];
  const reached = [
    (info.outDepth - 1) * info.strideDepth + info.effectiveFilterDepth,
    (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight,
    (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth,
  ];
  const pads = padsOf(info.padInfo);
  // Rows behind the last window get no gradient, and ONNX must be told that they are there.
  const missing = reached.map((length, axis) => shape[2 + axis]! - (length - pads[axis]! - pads[axis + 3]!));
  const output = [{ type: dy.type, shape }];
  const transposed = g.add('ConvTranspose', [toNcdhw(g, dy), toOidhw(g, filter)], output, {
    ...attributes,
    output_padding: ints(missing),
  });
  return toNdhwc(g, transposed[0]!);
}

/** Borders count only the real voxels in TensorFlow.js's average, which is ONNX's default too. */
const pooling =
  (op: 'MaxPool' | 'AveragePool') =>
  ({ g, input, attrs }: LoweringContext): Value => {
    const x = input('x');
    const { filterSize, strides, pad, dimRoundingMode } = attrs as PoolAttributes;
    const info = backend_util.computePool3DInfo(
      staticShape(x) as Shape5D,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const shape = [info.batchSize, info.outChannels, info.outDepth, info.outHeight, info.outWidth];
    const attributes = {
      kernel_shape: ints([info.filterDepth, info.filterHeight, info.filterWidth]),
      strides: ints([info.strideDepth, info.strideHeight, info.strideWidth]),
      pads: ints(padsOf(info.padInfo)),
    };
    return toNdhwc(g, g.add(op, [toNcdhw(g, x)], [{ type: x.type, shape }], attributes)[0]!);
  };

/** Convolution and pooling of volumes. */
export const volumetricKernels: LoweringTable = {
  AvgPool3D: pooling('AveragePool'),
  Conv3D: conv3d,
  Conv3DBackpropInputV2: conv3dInputGradient,
  MaxPool3D: pooling('MaxPool'),
};
