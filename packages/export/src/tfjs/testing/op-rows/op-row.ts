import { attribute, GraphDefBuilder } from '../graph-def.ts';
import type { SavedModel } from '../saved-model.ts';

const { bool, float, int, ints, string, strings } = attribute;

/** A graph-model whose output is one op's; `build` gives the names of its outputs. */
export interface OpRow {
  op: string;
  note?: string;
  build: (g: GraphDefBuilder) => string | string[];
  /** Whether the batch stays open. Default true. */
  isDynamic?: boolean;
}

export const row = (op: string, build: OpRow['build'], note = ''): OpRow => ({ op, build, note });
export const fixed = (op: string, build: OpRow['build'], note = ''): OpRow => ({ op, build, note, isDynamic: false });

export const vector = (g: GraphDefBuilder, name = 'x') => g.placeholder(name, [-1, 5]);
export const image = (g: GraphDefBuilder) => g.placeholder('x', [-1, 6, 6, 4]);
export const volume = (g: GraphDefBuilder) => g.placeholder('x', [-1, 4, 6, 6, 2]);
export const whole = (g: GraphDefBuilder, name = 'x') => g.placeholder(name, [-1, 5], 'int32');
export const flag = (g: GraphDefBuilder, name = 'x') => g.placeholder(name, [-1, 5], 'bool');
/** Numbers between 0.1 and 0.9: where logarithms, roots and inverse functions are defined. */
export const unit = (g: GraphDefBuilder) =>
  g.op('AddV2', [g.op('Mul', [g.op('Sigmoid', [vector(g)]), g.scalar(0.8, 'float32')]), g.scalar(0.1, 'float32')]);
export const above1 = (g: GraphDefBuilder) => g.op('AddV2', [unit(g), g.scalar(1, 'float32')]);

export const unary = (op: string, on: (g: GraphDefBuilder) => string = vector) => row(op, (g) => g.op(op, [on(g)]));
export const binary = (op: string, note = '') => row(op, (g) => g.op(op, [vector(g), vector(g, 'y')]), note);
export const withWeight = (op: string, values: number[]) =>
  row(op, (g) => g.op(op, [vector(g), g.constant(values, [5])]), 'with a constant');

export const spatial = (step: number) => ints([1, step, step, 1]);
export const convolution = (step = 1, dilation = 1, padding = 'SAME') => ({
  strides: spatial(step),
  padding: string(padding),
  data_format: string('NHWC'),
  dilations: spatial(dilation),
});
export const pool = { ksize: spatial(3), strides: spatial(2), padding: string('SAME'), data_format: string('NHWC') };
export const pool3d = {
  ksize: ints([1, 2, 2, 2, 1]),
  strides: ints([1, 2, 2, 2, 1]),
  padding: string('SAME'),
  data_format: string('NDHWC'),
};

// TensorFlow.js's own cpu backend fuses no tanh.
export const ACTIVATIONS: readonly (string | undefined)[] = [
  undefined,
  'Relu',
  'Relu6',
  'Elu',
  'LeakyRelu',
  'Prelu',
  'Sigmoid',
];

/** A fused convolution with each activation that TensorFlow.js fuses. */
export const fusedConvolutions = (op: string, filter: number[], channels: number) =>
  // Its depthwise kernel forgets the slope of leaky ReLU and gives NaN.
  ACTIVATIONS.filter((activation) => activation !== 'LeakyRelu' || op === '_FusedConv2D').map((activation) =>
    row(
      op,
      (g) => {
        const args = [
          g.weight('bias', [channels]),
          ...(activation === 'Prelu' ? [g.weight('alpha', [1, 1, channels])] : []),
        ];
        return g.op(op, [image(g), g.weight('filter', filter), ...args], {
          ...convolution(),
          fused_ops: strings(activation ? ['BiasAdd', activation] : ['BiasAdd']),
          num_args: int(args.length),
          leakyrelu_alpha: float(0.3),
        });
      },
      activation ?? 'bias alone',
    ),
  );

export const reduction = (op: string, on: (g: GraphDefBuilder) => string = image) => [
  row(op, (g) => g.op(op, [on(g), g.ints([1])], { keep_dims: bool(false) })),
  row(op, (g) => g.op(op, [on(g), g.ints([-1])], { keep_dims: bool(true) }), 'keeping the axis'),
];

export const batchNorm = (op: string) =>
  row(op, (g) => {
    const channels = [4];
    const variance = g.constant([0.5, 1, 2, 3], channels);
    return g.op(op, [image(g), ...['scale', 'offset', 'mean'].map((name) => g.weight(name, channels)), variance], {
      epsilon: float(1e-3),
      data_format: string('NHWC'),
    });
  });

export const slicing = (values: Record<string, number> = {}) =>
  Object.fromEntries(
    ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'].map((name) => [
      name,
      int(values[name] ?? 0),
    ]),
  );

/** Each op of `GRAPH_OPS` at least once. */

export function image2(g: GraphDefBuilder): string {
  return g.placeholder('y', [-1, 6, 6, 4]);
}

/** The row's op between inputs and outputs. */
export function modelOfOp({ build }: OpRow): SavedModel {
  const g = new GraphDefBuilder();
  const outputs = [build(g)].flat();
  return g.save(Object.fromEntries(outputs.map((name, index) => [`out_${index}`, name])));
}
