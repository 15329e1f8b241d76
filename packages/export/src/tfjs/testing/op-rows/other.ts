import { attribute } from '../graph-def.ts';
import { fixed, image, type OpRow, row, vector, whole } from './op-row.ts';

const { bool, float, int, string, type } = attribute;

/** Images, creation, and what holds a graph together. */
export const OTHER_ROWS: readonly OpRow[] = [
  // Images.
  ...[
    { op: 'ResizeBilinear', half: true },
    { op: 'ResizeBilinear', half: false },
    { op: 'ResizeNearestNeighbor', half: true },
    { op: 'ResizeNearestNeighbor', half: false },
  ].map(({ op, half }) =>
    row(
      op,
      (g) => g.op(op, [image(g), g.ints([9, 4])], { align_corners: bool(false), half_pixel_centers: bool(half) }),
      half ? 'half pixels' : '',
    ),
  ),
  fixed('CropAndResize', (g) =>
    g.op(
      'CropAndResize',
      [
        g.placeholder('x', [2, 6, 6, 3]),
        g.constant([0.1, 0.2, 0.9, 0.7, -0.2, 0, 1.1, 1], [2, 4]),
        g.ints([1, 0]),
        g.ints([4, 5]),
      ],
      { method: string('bilinear'), extrapolation_value: float(0.25) },
    ),
  ),
  // Creation.
  row('Fill', (g) =>
    g.op('Sub', [vector(g), g.op('Fill', [g.op('Shape', [vector(g, 'y')]), g.scalar(0.5, 'float32')])]),
  ),
  row('Ones', (g) => g.op('Sub', [vector(g), g.op('Ones', [g.ints([5])], { T: type('DT_FLOAT') })])),
  row('Zeros', (g) =>
    g.op(
      'ConcatV2',
      [
        g.op('Maximum', [vector(g), g.op('Zeros', [g.ints([5])], { T: type('DT_FLOAT') })]),
        vector(g, 'y'),
        g.scalar(1),
      ],
      { N: int(2) },
    ),
  ),
  ...['OnesLike', 'ZerosLike'].map((op) => row(op, (g) => g.op('Maximum', [vector(g), g.op(op, [vector(g, 'y')])]))),
  row('OneHot', (g) =>
    g.op('OneHot', [whole(g), g.scalar(4), g.scalar(0.9, 'float32'), g.scalar(0.1, 'float32')], {
      axis: int(-1),
      T: type('DT_FLOAT'),
    }),
  ),
  row('Range', (g) =>
    g.op('Mul', [vector(g), g.op('Range', [g.scalar(0), g.scalar(5), g.scalar(1)], { Tidx: type('DT_FLOAT') })]),
  ),
  row('LinSpace', (g) =>
    g.op('Mul', [vector(g), g.op('LinSpace', [g.scalar(0, 'float32'), g.scalar(2, 'float32'), g.scalar(5)])]),
  ),
  // Graph.
  row('Const', (g) => g.op('AddV2', [vector(g), g.weight('w', [5])])),
  ...['Identity', 'Snapshot', 'StopGradient'].map((op) => row(op, (g) => g.op('Neg', [g.op(op, [vector(g)])]))),
  row('IdentityN', (g) => {
    const both = g.op('IdentityN', [g.op('Neg', [vector(g)]), g.op('Abs', [vector(g, 'y')])]);
    return [both, `${both}:1`];
  }),
  row('NoOp', (g) => g.op('Neg', [vector(g), `^${g.op('NoOp', [])}`])),
  row('Placeholder', (g) => g.op('Neg', [vector(g)])),
  row('PlaceholderWithDefault', (g) =>
    g.op('AddV2', [
      vector(g),
      g.op('PlaceholderWithDefault', [g.weight('w', [1, 5])], {
        shape: attribute.shape([-1, 5]),
        dtype: type('DT_FLOAT'),
      }),
    ]),
  ),
];
