import { backend_util } from '@tensorflow/tfjs-core';
import type { GraphBuilder } from '../../graph/builder.ts';
import { uniformOf } from '../../graph/constant.ts';
import { convInputGradient, convShape, convWeightGradient } from '../../graph/operators/convolution/choice.ts';
import { conv } from '../../graph/operators/convolution/forward.ts';
import type { ConvGeometry, Shape4D } from '../../graph/operators/convolution/geometry.ts';
import { full } from '../../graph/operators/creation.ts';
import { binary } from '../../graph/operators/elementwise.ts';
import { reshape, transpose } from '../../graph/operators/movement.ts';
import { staticShape, type Value } from '../../graph/value.ts';
import {
  CONV_NCHW,
  CONV_NCHW_INPUT_GRADIENT,
  CONV_NCHW_WEIGHT_GRADIENT,
  type ConvAttributes,
} from '../../ops/conv2d.ts';
import type { LoweringContext, LoweringTable } from '../lowering.ts';
import { activate } from './linear-algebra.ts';

const NHWC_TO_NCHW = [0, 3, 1, 2];
const NCHW_TO_NHWC = [0, 2, 3, 1];

/** TensorFlow.js's convolution attributes; data may be NHWC or NCHW, kernels are HWIO always. */
interface TfConvAttributes {
  strides: number | [number, number];
  pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  dataFormat?: 'NHWC' | 'NCHW' | 'channelsFirst' | 'channelsLast';
  dilations?: number | [number, number];
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  depthwise?: boolean;
}

const isNchw = ({ dataFormat }: TfConvAttributes) => dataFormat === 'NCHW' || dataFormat === 'channelsFirst';
const toNchw = (g: GraphBuilder, x: Value, attrs: TfConvAttributes) =>
  isNchw(attrs) ? x : transpose(g, x, NHWC_TO_NCHW);
const fromNchw = (g: GraphBuilder, x: Value, attrs: TfConvAttributes) =>
  isNchw(attrs) ? x : transpose(g, x, NCHW_TO_NHWC);

const shape4 = (x: Value) => staticShape(x) as unknown as Shape4D;
const nchwShape = (shape: Shape4D, attrs: TfConvAttributes) =>
  isNchw(attrs) ? shape : (NHWC_TO_NCHW.map((axis) => shape[axis]!) as unknown as Shape4D);

function geometryOf(
  inputShape: readonly number[],
  filterShape: readonly number[],
  attrs: TfConvAttributes,
  depthwise: boolean,
) {
  const format = isNchw(attrs) ? 'channelsFirst' : 'channelsLast';
  const info = backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
    format,
  );
  const { top, left, bottom, right } = info.padInfo;
  const geometry: ConvGeometry = {
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [top, left, bottom, right],
    groups: depthwise ? info.inChannels : 1,
  };
  return { geometry };
}

/** HWIO → OIHW; a depthwise filter [kh, kw, C, M] → [C·M, 1, kh, kw]. */
function toOihw(g: GraphBuilder, filter: Value, depthwise: boolean): Value {
  if (!depthwise) return transpose(g, filter, [3, 2, 0, 1]);
  const [kh, kw, channels, multiplier] = staticShape(filter) as unknown as Shape4D;
  return reshape(g, transpose(g, filter, [2, 3, 0, 1]), [channels * multiplier, 1, kh, kw]);
}

function fromOihw(g: GraphBuilder, weight: Value, filterShape: readonly number[], depthwise: boolean): Value {
  if (!depthwise) return transpose(g, weight, [2, 3, 1, 0]);
  const [kh, kw, channels, multiplier] = filterShape as unknown as Shape4D;
  return transpose(g, reshape(g, weight, [channels, multiplier, kh, kw]), [2, 3, 0, 1]);
}

const oihwShape = ([kh, kw, inputs, outputs]: Shape4D, depthwise: boolean): Shape4D =>
  depthwise ? [inputs * outputs, 1, kh, kw] : [outputs, inputs, kh, kw];

/** Convolution, bias and activation stay together in NCHW: what comes back to NHWC behind them meets the next one's transpose. */
function forward(depthwise: boolean) {
  return ({ g, input, optional, attrs }: LoweringContext): Value => {
    const [x, filter] = [input('x'), input('filter')];
    const { geometry } = geometryOf(staticShape(x), staticShape(filter), attrs, depthwise);
    const [bias, alpha] = [optional('bias'), optional('preluActivationWeights')];
    const weight = toOihw(g, filter, depthwise);
    const own = bias?.shape.length === 1 && bias.shape[0] === weight.shape[0] ? bias : undefined;
    const convolved = conv(g, toNchw(g, x, attrs), weight, geometry, own);
    // A recurrent layer's first state: nothing to convolve.
    const isZero = uniformOf(x) === 0 && own === undefined;
    const known = isZero ? full(g, x.type, staticShape(convolved), 0) : convolved;
    const biased = bias && !own ? binary(g, 'Add', known, alongChannels(g, bias, attrs)) : known;
    return fromNchw(g, activate(g, biased, attrs, alpha && alongChannels(g, alpha, attrs)), attrs);
  };
}

/** An operand that TensorFlow.js broadcasts against the output, for NCHW data; one a channel is a vector in either format. */
function alongChannels(g: GraphBuilder, x: Value, attrs: TfConvAttributes): Value {
  const shape = staticShape(x);
  if (shape.length <= 1) return reshape(g, x, [shape[0] ?? 1, 1, 1]);
  return isNchw(attrs)
    ? x
    : transpose(g, reshape(g, x, [...new Array<number>(4 - shape.length).fill(1), ...shape]), NHWC_TO_NCHW);
}

function inputGradient(depthwise: boolean) {
  return ({ g, input, attrs }: LoweringContext): Value => {
    const [dy, filter] = [input('dy'), input('filter')];
    const inputShape = attrs.inputShape as Shape4D;
    const { geometry } = geometryOf(inputShape, staticShape(filter), attrs, depthwise);
    const weight = toOihw(g, filter, depthwise);
    const shape = convShape(nchwShape(inputShape, attrs), shape4(weight), geometry);
    const gradient = convInputGradient(g, toNchw(g, dy, attrs), weight, shape);
    return fromNchw(g, gradient, attrs);
  };
}

function filterGradient(depthwise: boolean) {
  return ({ g, input, attrs }: LoweringContext): Value => {
    const [x, dy] = [input('x'), input('dy')];
    const filterShape = attrs.filterShape as Shape4D;
    const { geometry } = geometryOf(staticShape(x), filterShape, attrs, depthwise);
    const shape = convShape(nchwShape(shape4(x), attrs), oihwShape(filterShape, depthwise), geometry);
    const gradient = convWeightGradient(g, toNchw(g, dy, attrs), toNchw(g, x, attrs), shape);
    return fromOihw(g, gradient, filterShape, depthwise);
  };
}

const ownGeometry = ({ strides, pads, groups }: ConvAttributes): ConvGeometry => ({
  strides,
  pads,
  groups,
  dilations: [1, 1],
});

export const convolutionKernels: LoweringTable = {
  Conv2D: forward(false),
  Conv2DBackpropInput: inputGradient(false),
  Conv2DBackpropFilter: filterGradient(false),
  DepthwiseConv2dNative: forward(true),
  DepthwiseConv2dNativeBackpropInput: inputGradient(true),
  DepthwiseConv2dNativeBackpropFilter: filterGradient(true),
  FusedConv2D: forward(false),
  FusedDepthwiseConv2D: forward(true),
  [CONV_NCHW]: ({ g, input, attrs }) => conv(g, input('x'), input('weight'), ownGeometry(attrs)),
  [CONV_NCHW_INPUT_GRADIENT]: ({ g, input, attrs }) =>
    convInputGradient(
      g,
      input('dy'),
      input('weight'),
      convShape(attrs.inputShape, shape4(input('weight')), ownGeometry(attrs)),
    ),
  [CONV_NCHW_WEIGHT_GRADIENT]: ({ g, input, attrs }) =>
    convWeightGradient(
      g,
      input('dy'),
      input('x'),
      convShape(shape4(input('x')), attrs.weightShape, ownGeometry(attrs)),
    ),
};
