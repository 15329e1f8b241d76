import type { GraphBuilder } from '../builder.ts';
import { scalar } from '../operators/creation.ts';
import { cast } from '../operators/elementwise.ts';
import { shapeConstant } from '../operators/movement.ts';
import type { Rule } from '../rewrite.ts';
import { type Attributes, type Dimension, int, ints, type Node, string, type Value } from '../value.ts';

/** Lengths of what is pooled and of the result; the batch may be open. */
interface Pooled {
  readonly channels: number;
  /** Planes of all images together. */
  readonly planes: Dimension;
  readonly image: readonly [number, number];
  readonly output: readonly [number, number];
}

function lengthsOf(x: Value, dy: Value): Pooled {
  const [batch, channels] = [x.shape[0]!, Number(x.shape[1])];
  return {
    channels,
    planes: typeof batch === 'number' ? batch * channels : '?',
    image: [Number(x.shape[2]), Number(x.shape[3])],
    output: [Number(dy.shape[2]), Number(dy.shape[3])],
  };
}

const numbers = ({ attributes }: Node, name: string): readonly number[] => {
  const attribute = attributes[name];
  if (attribute?.kind !== 'ints')
    throw new Error(`lowerMaxPoolGradient: ${name} must be integers, got ${attribute?.kind}.`);
  return attribute.value;
};

function reshapeTo(g: GraphBuilder, x: Value, target: readonly number[], shape: readonly Dimension[]): Value {
  return g.add('Reshape', [x, shapeConstant(g, target)], [{ type: x.type, shape }])[0]!;
}

/**
 * By the second output of MaxPool, where each maximum lies, and a scatter that adds: the fastest in ONNX Runtime's CPU provider. OpenCV counts
 * these positions anew for each image, and ONNX Runtime's WebGPU provider does not have them.
 */
export const scatterToIndices: Rule = (node, { g, inputs }) => {
  const [x, dy] = inputs as [Value, Value];
  const outputs = [
    { type: x.type, shape: dy.shape },
    { type: 'int64' as const, shape: dy.shape },
  ];
  const indices = g.add('MaxPool', [x], outputs, node.attributes)[1]!;
  const size = (value: Value): Dimension =>
    value.shape.every(Number.isInteger) ? value.shape.reduce<number>((n, length) => n * Number(length), 1) : '?';
  const flat = (value: Value) => reshapeTo(g, value, [-1], [size(value)]);
  const pixels = flat(x);
  // Zeros of x's size without a constant of x's size; they are the scatter's own to write to.
  const zeros = g.add('Mul', [pixels, scalar(g, x.type, 0)], [pixels])[0]!;
  const attributes = { axis: int(0), reduction: string('add') };
  const sum = g.add('ScatterElements', [zeros, flat(indices), flat(dy)], [zeros], attributes)[0]!;
  return [reshapeTo(g, sum, [-1, ...x.shape.slice(1).map(Number)], x.shape)];
};

/** Less than any pixel; not −∞, which times a zero of the patches' weights is not a number. */
const LOWEST: Partial<Record<Value['type'], number>> = { float32: -3.4028234663852886e38, float16: -65504 };

/** [kh · kw, 1, kh, kw]: window position p is a one at p. As a convolution it gives the pixels of windows, transposed it puts them back. */
function onePerPosition(g: GraphBuilder, type: Value['type'], [rows, columns]: readonly number[]): Value {
  const count = rows! * columns!;
  const ones = Float32Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 1 : 0));
  return cast(g, g.constant('float32', [count, 1, rows!, columns!], ones), type);
}

/** Pixels beside the image that windows reach over, at the end of an axis; windows may also leave pixels out. */
const reach = (axis: 0 | 1, windows: WindowNumbers, { image, output }: Pooled) =>
  (output[axis] - 1) * windows.strides[axis]! + windows.kernel[axis]! - windows.pads[axis]! - image[axis];

interface WindowNumbers {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly pads: readonly number[];
}

/**
 * By operators that every runtime has: a convolution with ones lays out each window's pixels as channels, ArgMax finds the first of the
 * greatest, and the transposed convolution adds dy back where it was. Planes are taken as images, so that weights are the window's alone.
 */
export const compareWindows: Rule = (node, { g, inputs }) => {
  const [x, dy] = inputs as [Value, Value];
  const windows = {
    kernel: numbers(node, 'kernel_shape'),
    strides: numbers(node, 'strides'),
    pads: numbers(node, 'pads'),
  };
  const pooled = lengthsOf(x, dy);
  const { planes, image, output, channels } = pooled;
  const [top, left] = windows.pads as [number, number];
  const ends = ([0, 1] as const).map((axis) => reach(axis, windows, pooled)) as [number, number];
  const add = (
    op: string,
    operands: Value[],
    shape: readonly Dimension[],
    attributes: Attributes = {},
    type = x.type,
  ) => g.add(op, operands, [{ type, shape }], attributes)[0]!;

  const [bottom, right] = ends.map((end) => Math.max(0, end)) as [number, number];
  let pixels = reshapeTo(g, x, [-1, 1, ...image], [planes, 1, ...image]);
  if (top + left + bottom + right > 0) {
    const around = shapeConstant(g, [0, 0, top, left, 0, 0, bottom, right]);
    const shape = [planes, 1, image[0] + top + bottom, image[1] + left + right];
    pixels = add('Pad', [pixels, around, scalar(g, x.type, LOWEST[x.type]!)], shape, { mode: string('constant') });
  }
  const ones = onePerPosition(g, x.type, windows.kernel);
  const count = ones.shape[0] as number;
  const strides = ints(windows.strides);
  const patches = add('Conv', [pixels, ones], [planes, count, ...output], { strides });
  const first = add('ArgMax', [patches], [planes, 1, ...output], { axis: int(1), keepdims: int(1) }, 'int64');
  const positions = g.constant(
    'int64',
    [1, count, 1, 1],
    BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
  );
  const isFirst = add('Equal', [first, positions], [planes, count, ...output], {}, 'bool');
  const chosen = cast(g, isFirst, x.type);
  const shares = add('Mul', [chosen, reshapeTo(g, dy, [-1, 1, ...output], [planes, 1, ...output])], chosen.shape);
  const sum = add('ConvTranspose', [shares, ones], [planes, 1, ...image], {
    strides,
    pads: ints([top, left, bottom, right]),
    output_padding: ints(ends.map((end) => Math.max(0, -end))),
  });
  return [reshapeTo(g, sum, [-1, channels, ...image], x.shape)];
};
