import { UserError } from '@mfm/cli';
import { backend_util, slice_util, util } from '@tensorflow/tfjs-core';
import { scalar } from '../../graph/operators/creation.ts';
import { cast } from '../../graph/operators/elementwise.ts';
import {
  concat,
  expand,
  gather,
  pad,
  padValue,
  reshape,
  shapeConstant,
  slice,
  split,
  transpose,
} from '../../graph/operators/movement.ts';
import { int, sizeOf, staticShape, type Value } from '../../graph/value.ts';
import type { LoweringContext, LoweringTable } from '../lowering.ts';

const axisOf = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

function stack({ g, list, attrs }: LoweringContext): Value {
  const parts = list();
  const axis = axisOf(attrs.axis as number, parts[0]!.shape.length + 1);
  const raised = parts.map((part) => {
    const shape = staticShape(part);
    return reshape(g, part, [...shape.slice(0, axis), 1, ...shape.slice(axis)]);
  });
  return concat(g, raised, axis);
}

/** A recurrent layer is one operator or more a step: longer sequences make no usable graph. */
const MOST_PARTS = 65536;

function unstack({ g, input, attrs }: LoweringContext): Value[] {
  const x = input('value');
  const axis = axisOf(attrs.axis as number, x.shape.length);
  const count = Number(x.shape[axis]);
  if (count > MOST_PARTS) {
    throw new UserError(
      `trace: unstacking must give at most ${MOST_PARTS} parts, got ${count}: each is an operator of its own.`,
    );
  }
  // Gather, not Split: ONNX Runtime moves a transpose before either behind it, and does so at one rank less for Gather, which
  // halves the transposes of ViT's q, k and v (docs/performance.md).
  return Array.from({ length: count }, (_, index) =>
    gather(g, x, g.constant('int64', [], BigInt64Array.of(BigInt(index))), axis),
  );
}

function splitV({ g, input, attrs }: LoweringContext): Value[] {
  const x = input('x');
  const [axis] = util.parseAxisParam(attrs.axis as number, staticShape(x)) as [number];
  return split(
    g,
    x,
    backend_util.prepareSplitSize({ shape: staticShape(x) } as never, attrs.numOrSizeSplits, axis),
    axis,
  );
}

function sliceKernel({ g, input, attrs }: LoweringContext): Value {
  const x = input('x');
  const shaped = { shape: staticShape(x), rank: x.shape.length } as never;
  const [begin, size] = slice_util.parseSliceParams(shaped, attrs.begin, attrs.size) as [number[], number[]];
  return slice(
    g,
    x,
    begin,
    begin.map((start, axis) => start + size[axis]!),
  );
}

function stridedSlice({ g, input, attrs }: LoweringContext): Value {
  const x = input('x');
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs;
  const info = slice_util.sliceInfo(
    staticShape(x),
    begin,
    end,
    strides,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  );
  const sliced = slice(
    g,
    reshape(g, x, info.isIdentity ? info.finalShape : staticShape(x)),
    info.begin,
    info.end,
    info.strides,
  );
  return reshape(g, sliced, info.finalShape);
}

function reverse({ g, input, attrs }: LoweringContext): Value {
  const x = input('x');
  const lengths = staticShape(x);
  const reversed = new Set(util.parseAxisParam(attrs.dims as number[], lengths));
  const pick = (turned: (length: number) => number, plain: (length: number) => number) =>
    lengths.map((length, axis) => (reversed.has(axis) ? turned(length) : plain(length)));
  return slice(
    g,
    x,
    pick(
      (n) => n - 1,
      () => 0,
    ),
    pick(
      () => -1,
      (n) => n,
    ),
    pick(
      () => -1,
      () => 1,
    ),
  );
}

function tile({ g, input, attrs }: LoweringContext): Value {
  const x = input('x');
  const repeats = attrs.reps as number[];
  if (repeats.every((n) => n === 1)) return x;
  const shape = staticShape(x).map((length, axis) => length * repeats[axis]!);
  return g.add('Tile', [x, shapeConstant(g, repeats)], [{ type: x.type, shape }])[0]!;
}

function gatherV2({ g, input, attrs }: LoweringContext): Value {
  const [x, indices] = [input('x'), input('indices')];
  const [axis] = util.parseAxisParam((attrs.axis ?? 0) as number, staticShape(x)) as [number];
  const batchDims = (attrs.batchDims ?? 0) as number;
  if (batchDims === 0) return gather(g, x, indices, axis);
  // One gather per batch entry: batch dimensions are leading and equal in both operands.
  const count = sizeOf(staticShape(x).slice(0, batchDims));
  const rows = reshape(g, x, [count, ...staticShape(x).slice(batchDims)]);
  const picks = reshape(g, indices, [count, ...staticShape(indices).slice(batchDims)]);
  const unit = (value: Value, index: number) => {
    const shape = staticShape(value);
    const part = slice(g, value, [index, ...shape.slice(1).map(() => 0)], [index + 1, ...shape.slice(1)]);
    return reshape(g, part, shape.slice(1));
  };
  const parts = Array.from({ length: count }, (_, index) => {
    const part = gather(g, unit(rows, index), unit(picks, index), axis - batchDims);
    return reshape(g, part, [1, ...staticShape(part)]);
  });
  const shape = [
    ...staticShape(x).slice(0, axis),
    ...staticShape(indices).slice(batchDims),
    ...staticShape(x).slice(axis + 1),
  ];
  return reshape(g, concat(g, parts, 0), shape);
}

function gatherNd({ g, input }: LoweringContext): Value {
  const [x, indices] = [input('params'), input('indices')];
  const depth = Number(indices.shape.at(-1));
  const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(depth)];
  return g.add('GatherND', [x, cast(g, indices, 'int64')], [{ type: x.type, shape }])[0]!;
}

function oneHot({ g, input, attrs }: LoweringContext): Value {
  const indices = input('indices');
  const { depth, onValue, offValue, dtype } = attrs as {
    depth: number;
    onValue: number;
    offValue: number;
    dtype: string;
  };
  const type = dtype === 'int32' || dtype === 'bool' ? dtype : 'float32';
  // ONNX Runtime has no OneHot of int32 values.
  const values = g.constant('float32', [2], Float32Array.of(offValue, onValue));
  const shape = [...indices.shape, depth];
  // ONNX counts negative indices from the end; TensorFlow.js gives them a row of off values.
  const negative = g.add('Less', [indices, scalar(g, 'int32', 0)], [{ type: 'bool', shape: indices.shape }])[0]!;
  const bounded = g.add(
    'Where',
    [negative, scalar(g, 'int32', depth), indices],
    [{ type: 'int32', shape: indices.shape }],
  )[0]!;
  const inputs = [cast(g, bounded, 'int64'), shapeConstant(g, [depth]), values];
  return cast(g, g.add('OneHot', inputs, [{ type: 'float32', shape }], { axis: int(-1) })[0]!, type);
}

function mirrorPad({ g, input, attrs }: LoweringContext): Value {
  const paddings = attrs.paddings as [number, number][];
  const x = input('x');
  const [before, after] = [paddings.map(([n]) => n), paddings.map(([, n]) => n)];
  if (attrs.mode === 'reflect') return pad(g, x, before, after, 'reflect');
  // Symmetric padding repeats the border: a gather of mirrored positions per padded axis.
  return staticShape(x).reduce((value, length, axis) => {
    if (before[axis] === 0 && after[axis] === 0) return value;
    const positions = Int32Array.from({ length: length + before[axis]! + after[axis]! }, (_, index) => {
      const position = index - before[axis]!;
      return position < 0 ? -position - 1 : position >= length ? 2 * length - 1 - position : position;
    });
    return gather(g, value, g.constant('int32', [positions.length], positions), axis);
  }, x);
}

/** NHWC depth-to-space: TensorFlow's order of the block's channels is ONNX's DCR mode. */
function depthToSpace({ g, input, attrs }: LoweringContext): Value {
  const { blockSize, dataFormat } = attrs as { blockSize: number; dataFormat: 'NHWC' | 'NCHW' };
  const x = input('x');
  const nchw = dataFormat === 'NHWC' ? transpose(g, x, [0, 3, 1, 2]) : x;
  const [batch, channels, height, width] = staticShape(nchw) as [number, number, number, number];
  const shape = [batch, channels / blockSize ** 2, height * blockSize, width * blockSize];
  const output = g.add('DepthToSpace', [nchw], [{ type: x.type, shape }], { blocksize: int(blockSize) })[0]!;
  return dataFormat === 'NHWC' ? transpose(g, output, [0, 2, 3, 1]) : output;
}

function spaceToBatch({ g, input, attrs }: LoweringContext): Value {
  const { blockShape, paddings } = attrs as { blockShape: number[]; paddings: [number, number][] };
  const x = input('x');
  const rest = new Array<number>(x.shape.length - blockShape.length - 1).fill(0);
  const padded = pad(g, x, [0, ...paddings.map(([n]) => n), ...rest], [0, ...paddings.map(([, n]) => n), ...rest]);
  const product = sizeOf(blockShape);
  const shape = staticShape(padded);
  const apart = backend_util.getReshaped(shape, blockShape, product, false);
  const order = backend_util.getPermuted(apart.length, blockShape.length, false);
  return reshape(
    g,
    transpose(g, reshape(g, padded, apart), order),
    backend_util.getReshapedPermuted(shape, blockShape, product, false),
  );
}

function batchToSpace({ g, input, attrs }: LoweringContext): Value {
  const { blockShape, crops } = attrs as { blockShape: number[]; crops: number[][] };
  const x = input('x');
  const product = sizeOf(blockShape);
  const shape = staticShape(x);
  const apart = backend_util.getReshaped(shape, blockShape, product);
  const order = backend_util.getPermuted(apart.length, blockShape.length);
  const merged = backend_util.getReshapedPermuted(shape, blockShape, product);
  // Both name the batch and the block's axes alone; what is behind them stays whole.
  const behind = merged.slice(blockShape.length + 1);
  const starts = [...backend_util.getSliceBeginCoords(crops, blockShape.length), ...behind.map(() => 0)];
  const sizes = [...backend_util.getSliceSize(merged, crops, blockShape.length), ...behind];
  return slice(
    g,
    reshape(g, transpose(g, reshape(g, x, apart), order), merged),
    starts,
    starts.map((start, axis) => start + sizes[axis]!),
  );
}

export const movementKernels: LoweringTable = {
  BatchToSpaceND: batchToSpace,
  BroadcastTo: ({ g, input, attrs }) => expand(g, input('x'), attrs.shape as number[]),
  Concat: ({ g, list, attrs }) => concat(g, list(), axisOf(attrs.axis as number, list()[0]!.shape.length)),
  DepthToSpace: depthToSpace,
  ExpandDims: ({ g, input, attrs }) => {
    const shape = staticShape(input('input'));
    const axis = axisOf(attrs.dim as number, shape.length + 1);
    return reshape(g, input('input'), [...shape.slice(0, axis), 1, ...shape.slice(axis)]);
  },
  GatherNd: gatherNd,
  GatherV2: gatherV2,
  MirrorPad: mirrorPad,
  OneHot: oneHot,
  Pack: stack,
  PadV2: ({ g, input, attrs }) => {
    const paddings = attrs.paddings as [number, number][];
    const fill = padValue(g, input('x'), attrs.constantValue as number);
    return pad(
      g,
      input('x'),
      paddings.map(([n]) => n),
      paddings.map(([, n]) => n),
      'constant',
      fill,
    );
  },
  Reshape: ({ g, input, attrs }) => {
    const x = input('x');
    return reshape(g, x, util.inferFromImplicitShape(attrs.shape as number[], sizeOf(staticShape(x))));
  },
  Reverse: reverse,
  Slice: sliceKernel,
  SpaceToBatchND: spaceToBatch,
  SplitV: splitV,
  StridedSlice: stridedSlice,
  Tile: tile,
  Transpose: ({ g, input, attrs }) => transpose(g, input('x'), attrs.perm as number[]),
  Unpack: unstack,
};
