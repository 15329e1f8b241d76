import { backend_util } from '@tensorflow/tfjs-core';
import type { GraphBuilder } from '../../graph/builder.ts';
import { convInputGradient, convShape } from '../../graph/operators/convolution/choice.ts';
import { binary } from '../../graph/operators/elementwise.ts';
import { maxPoolGradient } from '../../graph/operators/max-pool-gradient.ts';
import { reshape, transpose } from '../../graph/operators/movement.ts';
import { ints, staticShape, type Value } from '../../graph/value.ts';
import { GLOBAL_AVERAGE_POOL } from '../../ops/global-average-pool.ts';
import { MAX_POOL_NCHW, MAX_POOL_NCHW_GRADIENT, type MaxPoolAttributes } from '../../ops/max-pool.ts';
import type { LoweringContext, LoweringTable } from '../lowering.ts';

type Shape4D = [number, number, number, number];

interface PoolAttributes {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface PoolGeometry {
  kernel: [number, number];
  strides: [number, number];
  pads: [number, number, number, number];
  /** Output rows and columns. */
  output: [number, number];
}

/** TensorFlow.js pools NHWC data alone. */
function geometryOf(x: Value, { filterSize, strides, pad: padding, dimRoundingMode }: PoolAttributes): PoolGeometry {
  const info = backend_util.computePool2DInfo(
    staticShape(x) as Shape4D,
    filterSize,
    strides,
    1,
    padding,
    dimRoundingMode,
  );
  const { top, left, bottom, right } = info.padInfo;
  return {
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    pads: [top, left, bottom, right],
    output: [info.outHeight, info.outWidth],
  };
}

const toNchw = (g: GraphBuilder, x: Value) => transpose(g, x, [0, 3, 1, 2]);
const toNhwc = (g: GraphBuilder, x: Value) => transpose(g, x, [0, 2, 3, 1]);

const poolAttributes = ({ kernel, strides, pads }: PoolGeometry) => ({
  kernel_shape: ints(kernel),
  strides: ints(strides),
  pads: ints(pads),
});

/** Pools NCHW data. Borders count only the real pixels in TensorFlow.js's average, which is ONNX's default too. */
function pool(g: GraphBuilder, op: 'MaxPool' | 'AveragePool', x: Value, geometry: PoolGeometry): Value {
  const shape = [x.shape[0]!, x.shape[1]!, ...geometry.output];
  return g.add(op, [x], [{ type: x.type, shape }], poolAttributes(geometry))[0]!;
}

const pooling =
  (op: 'MaxPool' | 'AveragePool') =>
  ({ g, input, attrs }: LoweringContext): Value =>
    toNhwc(g, pool(g, op, toNchw(g, input('x')), geometryOf(input('x'), attrs)));

/** How many real pixels each window covers, [1, 1, H', W']. */
function windowCounts(
  g: GraphBuilder,
  [height, width]: [number, number],
  { kernel, strides, pads, output }: PoolGeometry,
): Value {
  const covered = (position: number, axis: 0 | 1, length: number) => {
    const start = position * strides[axis] - pads[axis]!;
    return Math.min(start + kernel[axis], length) - Math.max(start, 0);
  };
  const counts = new Float32Array(output[0] * output[1]);
  for (let i = 0; i < output[0]; i++) {
    for (let j = 0; j < output[1]; j++) counts[i * output[1] + j] = covered(i, 0, height) * covered(j, 1, width);
  }
  return g.constant('float32', [1, 1, ...output], counts);
}

/** Spreads dy [N, C, H', W'] over the windows: a transposed convolution with ones, channels taken as batch entries. */
function spread(g: GraphBuilder, dy: Value, [height, width]: [number, number], geometry: PoolGeometry): Value {
  const [batch, channels, rows, columns] = staticShape(dy) as Shape4D;
  const ones = g.constant(
    'float32',
    [1, 1, ...geometry.kernel],
    new Float32Array(geometry.kernel[0] * geometry.kernel[1]).fill(1),
  );
  const single = reshape(g, dy, [batch * channels, 1, rows, columns]);
  const { strides, pads, kernel } = geometry;
  const shape = convShape([batch * channels, 1, height, width], [1, 1, ...kernel], {
    strides,
    pads,
    dilations: [1, 1],
    groups: 1,
  });
  const gradient = convInputGradient(g, single, ones, shape);
  return reshape(g, gradient, [batch, channels, height, width]);
}

function avgPoolGrad({ g, input, attrs }: LoweringContext): Value {
  const geometry = geometryOf(input('input'), attrs);
  const [, height, width] = staticShape(input('input')) as Shape4D;
  const dy = binary(g, 'Div', toNchw(g, input('dy')), windowCounts(g, [height, width], geometry));
  return toNhwc(g, spread(g, dy, [height, width], geometry));
}

function maxPoolGrad({ g, input, attrs }: LoweringContext): Value {
  const [x, dy] = [toNchw(g, input('input')), toNchw(g, input('dy'))];
  return toNhwc(g, maxPoolGradient(g, x, dy, geometryOf(input('input'), attrs)));
}

function globalAveragePool({ g, input }: LoweringContext): Value {
  const x = input('x');
  const [batch, channels] = x.shape as [number, number];
  const mean = g.add('GlobalAveragePool', [x], [{ type: x.type, shape: [batch, channels, 1, 1] }])[0]!;
  return reshape(g, mean, [batch, channels]);
}

export const poolingKernels: LoweringTable = {
  [GLOBAL_AVERAGE_POOL]: globalAveragePool,
  [MAX_POOL_NCHW]: ({ g, input, attrs }) => pool(g, 'MaxPool', input('x'), attrs as MaxPoolAttributes),
  [MAX_POOL_NCHW_GRADIENT]: ({ g, input, attrs }) =>
    maxPoolGradient(g, input('x'), input('dy'), attrs as MaxPoolAttributes),
  AvgPool: pooling('AveragePool'),
  AvgPoolGrad: avgPoolGrad,
  MaxPool: pooling('MaxPool'),
  MaxPoolGrad: maxPoolGrad,
};
