import { attribute } from '../graph-def.ts';
import {
  batchNorm,
  convolution,
  fixed,
  fusedConvolutions,
  image,
  type OpRow,
  pool,
  pool3d,
  reduction,
  row,
  slicing,
  spatial,
  unary,
  vector,
  volume,
} from './op-row.ts';

const { bool, float, int, ints, string, strings } = attribute;

/** Convolution, pooling, normalisation and matrix products. */
export const NETWORK_ROWS: readonly OpRow[] = [
  // Convolution and pooling.
  row('Conv1D', (g) =>
    g.op('Conv1D', [g.placeholder('x', [-1, 8, 3]), g.weight('filter', [3, 3, 5])], {
      stride: int(2),
      padding: string('SAME'),
      data_format: string('NWC'),
      dilation: int(1),
    }),
  ),
  row('Conv2D', (g) => g.op('Conv2D', [image(g), g.weight('filter', [3, 3, 4, 5])], convolution(2))),
  row(
    'Conv2D',
    (g) => g.op('Conv2D', [image(g), g.weight('filter', [3, 3, 4, 5])], convolution(1, 2, 'VALID')),
    'dilated',
  ),
  row(
    'Conv2D',
    (g) =>
      g.op('Conv2D', [image(g), g.weight('filter', [3, 3, 4, 5])], {
        ...convolution(2, 1, 'EXPLICIT'),
        explicit_paddings: ints([0, 0, 1, 2, 0, 1, 0, 0]),
      }),
    'explicit padding',
  ),
  fixed('Conv2DBackpropInput', (g) =>
    g.op(
      'Conv2DBackpropInput',
      [g.ints([2, 12, 12, 3]), g.weight('filter', [3, 3, 3, 4]), g.placeholder('x', [2, 6, 6, 4])],
      convolution(2),
    ),
  ),
  row(
    'Conv2DBackpropInput',
    (g) => {
      const x = image(g);
      const batch = g.op(
        'StridedSlice',
        [g.op('Shape', [x]), g.ints([0]), g.ints([1]), g.ints([1])],
        slicing({ shrink_axis_mask: 1 }),
      );
      const shape = g.op('Pack', [batch, g.scalar(12), g.scalar(12), g.scalar(3)], { axis: int(0), N: int(4) });
      return g.op('Conv2DBackpropInput', [shape, g.weight('filter', [3, 3, 3, 4]), x], convolution(2));
    },
    'of an open batch, as Keras writes it',
  ),
  ...['DepthwiseConv2d', 'DepthwiseConv2dNative'].map((op) =>
    row(op, (g) => g.op(op, [image(g), g.weight('filter', [3, 3, 4, 2])], convolution())),
  ),
  ...fusedConvolutions('_FusedConv2D', [3, 3, 4, 6], 6),
  ...fusedConvolutions('FusedDepthwiseConv2dNative', [3, 3, 4, 1], 4),
  row('Conv3D', (g) =>
    g.op('Conv3D', [volume(g), g.weight('filter', [2, 3, 3, 2, 3])], {
      strides: ints([1, 1, 2, 2, 1]),
      padding: string('SAME'),
      data_format: string('NDHWC'),
      dilations: ints([1, 1, 1, 1, 1]),
    }),
  ),
  ...['AvgPool', 'MaxPool'].map((op) => row(op, (g) => g.op(op, [image(g)], pool))),
  ...['AvgPool3D', 'MaxPool3D'].map((op) => row(op, (g) => g.op(op, [volume(g)], pool3d))),
  row('Dilation2D', (g) =>
    g.op('Dilation2D', [image(g), g.weight('filter', [3, 2, 4])], {
      strides: spatial(2),
      rates: spatial(1),
      padding: string('SAME'),
    }),
  ),
  // Normalisation.
  ...['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'].map(batchNorm),
  row('LRN', (g) =>
    g.op('LRN', [image(g)], { depth_radius: int(2), bias: float(1), alpha: float(0.5), beta: float(0.5) }),
  ),
  ...['Softmax', 'LogSoftmax'].map((op) => unary(op)),
  ...reduction('EuclideanNorm'),
  // Matrix products.
  row('MatMul', (g) =>
    g.op('MatMul', [vector(g), g.weight('w', [3, 5])], { transpose_a: bool(false), transpose_b: bool(true) }),
  ),
  ...['BatchMatMul', 'BatchMatMulV2'].map((op) =>
    row(op, (g) =>
      g.op(op, [g.placeholder('x', [-1, 3, 4]), g.placeholder('y', [-1, 2, 4])], {
        adj_x: bool(false),
        adj_y: bool(true),
      }),
    ),
  ),
  ...[undefined, 'Relu', 'Prelu', 'LeakyRelu'].map((activation) =>
    row(
      '_FusedMatMul',
      (g) => {
        const args = [g.weight('bias', [3]), ...(activation === 'Prelu' ? [g.weight('alpha', [3])] : [])];
        return g.op('_FusedMatMul', [vector(g), g.weight('w', [5, 3]), ...args], {
          transpose_a: bool(false),
          transpose_b: bool(false),
          fused_ops: strings(activation ? ['BiasAdd', activation] : ['BiasAdd']),
          num_args: int(args.length),
          leakyrelu_alpha: float(0.3),
        });
      },
      activation ?? 'bias alone',
    ),
  ),
  row('Transpose', (g) => g.op('Transpose', [image(g), g.ints([0, 3, 1, 2])])),
  row('Einsum', (g) =>
    g.op('Einsum', [g.placeholder('x', [-1, 3, 4]), g.weight('w', [4, 2, 5])], {
      equation: string('abc,cde->abde'),
      N: int(2),
    }),
  ),
  fixed('MatrixBandPart', (g) => g.op('MatrixBandPart', [g.placeholder('x', [4, 4]), g.scalar(1), g.scalar(-1)])),
];
