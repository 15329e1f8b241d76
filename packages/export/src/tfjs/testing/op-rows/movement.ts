import { attribute } from '../graph-def.ts';
import { fixed, image, image2, type OpRow, row, slicing, vector, whole } from './op-row.ts';

const { int, ints, string, type } = attribute;

/** Slicing, joining and shapes. */
export const MOVEMENT_ROWS: readonly OpRow[] = [
  // Slicing and joining.
  row('ConcatV2', (g) => g.op('ConcatV2', [vector(g), vector(g, 'y'), g.scalar(1)], { N: int(2) })),
  row('Concat', (g) => g.op('Concat', [g.scalar(1), vector(g), vector(g, 'y')], { N: int(2) })),
  row('Gather', (g) => g.op('Gather', [g.weight('table', [7, 3]), whole(g)])),
  row('GatherV2', (g) => g.op('GatherV2', [g.weight('table', [7, 3]), whole(g), g.scalar(0)], { batch_dims: int(0) })),
  row(
    'GatherV2',
    (g) => g.op('GatherV2', [vector(g), g.ints([4, 0, 0]), g.scalar(1)], { batch_dims: int(0) }),
    'constant positions',
  ),
  row('GatherNd', (g) => g.op('GatherNd', [g.weight('table', [2, 3]), g.placeholder('i', [-1, 4, 1], 'int32')])),
  row('Pack', (g) => g.op('Pack', [vector(g), vector(g, 'y')], { axis: int(1), N: int(2) })),
  row('Unpack', (g) => {
    const parts = g.op('Unpack', [vector(g)], { axis: int(1), num: int(5) });
    return [parts, `${parts}:3`];
  }),
  row('Reverse', (g) => g.op('Reverse', [vector(g), g.constant([0, 1], [2], 'bool')])),
  row('ReverseV2', (g) => g.op('ReverseV2', [image(g), g.ints([1, 3])])),
  fixed('ScatterNd', (g) =>
    g.op('ScatterNd', [g.constant([1, 3, 1], [3, 1], 'int32'), g.placeholder('x', [3, 2]), g.ints([4, 2])]),
  ),
  fixed('TensorScatterUpdate', (g) =>
    g.op('TensorScatterUpdate', [
      g.placeholder('x', [4, 2]),
      g.constant([1, 3], [2, 1], 'int32'),
      g.placeholder('y', [2, 2]),
    ]),
  ),
  fixed('SparseToDense', (g) =>
    g.op('SparseToDense', [
      g.constant([0, 1, 2, 0], [2, 2], 'int32'),
      g.ints([3, 2]),
      g.placeholder('x', [2]),
      g.scalar(0.5, 'float32'),
    ]),
  ),
  row('Slice', (g) => g.op('Slice', [image(g), g.ints([0, 1, 2, 0]), g.ints([-1, 3, 2, -1])])),
  row('StridedSlice', (g) =>
    g.op(
      'StridedSlice',
      [image(g), g.ints([0, 4, 1, 0]), g.ints([0, 0, 5, 2]), g.ints([1, -2, 2, 1])],
      slicing({ begin_mask: 1, end_mask: 1 }),
    ),
  ),
  row(
    'StridedSlice',
    (g) =>
      g.op(
        'StridedSlice',
        [image(g), g.ints([0, 1, 0, 2]), g.ints([0, 4, 0, 3]), g.ints([1, 1, 1, 1])],
        slicing({ begin_mask: 5, end_mask: 5, shrink_axis_mask: 8 }),
      ),
    'dropping an axis',
  ),
  row('Split', (g) => {
    const parts = g.op('Split', [g.scalar(3), image(g)], { num_split: int(2) });
    return [parts, `${parts}:1`];
  }),
  row('SplitV', (g) => {
    const parts = g.op('SplitV', [vector(g), g.ints([1, 4]), g.scalar(1)], { num_split: int(2) });
    return [parts, `${parts}:1`];
  }),
  row('Tile', (g) => g.op('Tile', [vector(g), g.ints([1, 3])])),
  // Shape.
  row('Cast', (g) => g.op('Cast', [vector(g)], { SrcT: type('DT_FLOAT'), DstT: type('DT_INT32') })),
  row('BatchToSpaceND', (g) =>
    g.op('BatchToSpaceND', [
      g.op('SpaceToBatchND', [image(g), g.ints([2, 2]), g.constant([0, 0, 0, 0], [2, 2], 'int32')]),
      g.ints([2, 2]),
      g.constant([1, 0, 0, 1], [2, 2], 'int32'),
    ]),
  ),
  fixed('SpaceToBatchND', (g) =>
    g.op('SpaceToBatchND', [
      g.placeholder('x', [1, 6, 5, 2]),
      g.ints([2, 3]),
      g.constant([0, 0, 1, 0], [2, 2], 'int32'),
    ]),
  ),
  fixed('BroadcastTo', (g) => g.op('BroadcastTo', [g.placeholder('x', [1, 5]), g.ints([3, 5])])),
  row('BroadcastArgs', (g) =>
    g.op('Reshape', [vector(g), g.op('BroadcastArgs', [g.op('Shape', [g.placeholder('y', [-1, 1])]), g.ints([1, 5])])]),
  ),
  row('DepthToSpace', (g) => g.op('DepthToSpace', [image(g)], { block_size: int(2), data_format: string('NHWC') })),
  row('ExpandDims', (g) => g.op('ExpandDims', [vector(g), g.scalar(-1)])),
  row('Squeeze', (g) => g.op('Squeeze', [g.placeholder('x', [-1, 1, 5, 1])], { squeeze_dims: ints([1]) })),
  ...['REFLECT', 'SYMMETRIC'].map((mode) =>
    row(
      'MirrorPad',
      (g) =>
        g.op('MirrorPad', [image(g), g.constant([0, 0, 1, 2, 2, 0, 0, 0], [4, 2], 'int32')], { mode: string(mode) }),
      mode,
    ),
  ),
  row('Pad', (g) => g.op('Pad', [image(g), g.constant([0, 0, 1, 2, 0, 1, 0, 0], [4, 2], 'int32')])),
  row('PadV2', (g) => g.op('PadV2', [vector(g), g.constant([0, 0, 2, 1], [2, 2], 'int32'), g.scalar(0.5, 'float32')])),
  row('Reshape', (g) => g.op('Reshape', [image(g), g.ints([-1, 36, 4])])),
  row('Shape', (g) => g.op('Reshape', [vector(g), g.op('Shape', [g.placeholder('y', [-1, 1, 5])])])),
  row('ShapeN', (g) =>
    g.op('Reshape', [
      vector(g),
      `${g.op('ShapeN', [vector(g, 'y'), g.placeholder('z', [-1, 1, 5])], { N: int(2) })}:1`,
    ]),
  ),
  row('Rank', (g) => g.op('Mul', [vector(g), g.op('Cast', [g.op('Rank', [image2(g)])], { DstT: type('DT_FLOAT') })])),
  fixed('Size', (g) =>
    g.op('Mul', [
      g.placeholder('x', [2, 5]),
      g.op('Cast', [g.op('Size', [g.weight('w', [3, 7])])], { DstT: type('DT_FLOAT') }),
    ]),
  ),
];
