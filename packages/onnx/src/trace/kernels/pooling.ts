import { backend_util } from '@tensorflow/tfjs-core';
import type { GraphBuilder } from '../../graph/builder.ts';
import { convInputGradient } from '../../graph/operators/convolution.ts';
import { binary, cast } from '../../graph/operators/elementwise.ts';
import { concat, pad, reshape, slice, transpose } from '../../graph/operators/movement.ts';
import { ints, staticShape, type Value } from '../../graph/value.ts';
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

const pooling =
  (op: 'MaxPool' | 'AveragePool') =>
  ({ g, input, attrs }: LoweringContext): Value => {
    const x = input('x');
    const { kernel, strides, pads, output } = geometryOf(x, attrs);
    const nchw = toNchw(g, x);
    // Borders count only the real pixels in TensorFlow.js's average, which is ONNX's default too.
    const attributes = { kernel_shape: ints(kernel), strides: ints(strides), pads: ints(pads) };
    const shape = [nchw.shape[0]!, nchw.shape[1]!, ...output];
    return toNhwc(g, g.add(op, [nchw], [{ type: x.type, shape }], attributes)[0]!);
  };

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
  const shape = [batch * channels, 1, height, width];
  const gradient = convInputGradient(g, single, ones, { ...geometry, dilations: [1, 1], groups: 1 }, shape);
  return reshape(g, gradient, [batch, channels, height, width]);
}

function avgPoolGrad({ g, input, attrs }: LoweringContext): Value {
  const geometry = geometryOf(input('input'), attrs);
  const [, height, width] = staticShape(input('input')) as Shape4D;
  const dy = binary(g, 'Div', toNchw(g, input('dy')), windowCounts(g, [height, width], geometry));
  return toNhwc(g, spread(g, dy, [height, width], geometry));
}

/** The first window position that holds the maximum gets the gradient: positions are tried in order, each taking what is left. */
function maxPoolGrad({ g, input, attrs }: LoweringContext): Value {
  const geometry = geometryOf(input('input'), attrs);
  const { kernel, strides, pads, output } = geometry;
  const [x, y, dy] = [toNchw(g, input('input')), toNchw(g, input('output')), toNchw(g, input('dy'))];
  const [batch, channels, height, width] = staticShape(x) as Shape4D;
  const lowest = g.constant('float32', [], Float32Array.of(-Infinity));
  const padded = pad(g, x, [0, 0, pads[0], pads[1]], [0, 0, pads[2], pads[3]], 'constant', lowest);
  const [paddedRows, paddedColumns] = staticShape(padded).slice(2) as [number, number];
  const parts: Value[] = [];
  let left = dy;
  for (let i = 0; i < kernel[0]; i++) {
    for (let j = 0; j < kernel[1]; j++) {
      const ends = [batch, channels, i + (output[0] - 1) * strides[0] + 1, j + (output[1] - 1) * strides[1] + 1];
      const window = slice(g, padded, [0, 0, i, j], ends, [1, 1, ...strides]);
      const share = binary(g, 'Mul', left, cast(g, binary(g, 'Equal', window, y), 'float32'));
      left = binary(g, 'Sub', left, share);
      parts.push(reshape(g, share, [batch * channels, 1, ...output]));
    }
  }
  // One transposed convolution with the unit kernels puts every share where its pixel lies.
  const count = kernel[0] * kernel[1];
  const unit = new Float32Array(count * count);
  for (let k = 0; k < count; k++) unit[k * count + k] = 1;
  const units = g.constant('float32', [count, 1, ...kernel], unit);
  const shape = [batch * channels, 1, paddedRows, paddedColumns];
  const whole = { strides, dilations: [1, 1] as const, pads: [0, 0, 0, 0] as const, groups: 1 };
  const gradient = convInputGradient(g, concat(g, parts, 1), units, whole, shape);
  const placed = reshape(g, gradient, [batch, channels, paddedRows, paddedColumns]);
  const real = slice(g, placed, [0, 0, pads[0], pads[1]], [batch, channels, pads[0] + height, pads[1] + width]);
  return toNhwc(g, real);
}

export const poolingKernels: LoweringTable = {
  AvgPool: pooling('AveragePool'),
  AvgPoolGrad: avgPoolGrad,
  MaxPool: pooling('MaxPool'),
  MaxPoolGrad: maxPoolGrad,
};
