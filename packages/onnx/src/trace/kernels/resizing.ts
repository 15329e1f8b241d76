import type { GraphBuilder } from '../../graph/builder.ts';
import { cast } from '../../graph/operators/elementwise.ts';
import { matMul } from '../../graph/operators/linear-algebra.ts';
import { transpose } from '../../graph/operators/movement.ts';
import { staticShape, string, type Value } from '../../graph/value.ts';
import { type ResizeAttributes as OwnAttributes, RESIZE_BILINEAR_NCHW } from '../../ops/resize-bilinear.ts';
import type { LoweringContext, LoweringTable } from '../lowering.ts';

type Mode = 'linear' | 'nearest';
type Shape4D = [number, number, number, number];

interface ResizeAttributes {
  alignCorners: boolean;
  halfPixelCenters?: boolean;
}

const NHWC_TO_NCHW = [0, 3, 1, 2];
const NCHW_TO_NHWC = [0, 2, 3, 1];

const floorLength = (length: number, scale: number) => Math.floor(Math.fround(length * scale));

/**
 * The factor of one axis, in float32 such that ⌊from · factor⌋ is `to`: sizes would name the batch too, which must stay open, and leaving axes
 * out is possible from opset 18 on alone.
 */
export function resizeFactor(from: number, to: number): number {
  let factor = Math.fround(to / from);
  while (floorLength(from, factor) < to) factor = Math.fround(factor * (1 + 2 ** -23));
  return factor;
}

/** Resizes planes [N, C, H, W]. */
function resizePlanes(
  g: GraphBuilder,
  nchw: Value,
  size: readonly [number, number],
  mode: Mode,
  { alignCorners, halfPixelCenters }: ResizeAttributes,
): Value {
  const [batch, channels, height, width] = staticShape(nchw) as Shape4D;
  const coordinates = alignCorners ? 'align_corners' : halfPixelCenters ? 'half_pixel' : 'asymmetric';
  // TensorFlow.js's nearest takes floor(scale · (i + 0.5)) with half pixels, which is ONNX's position rounded half up.
  const rounding = alignCorners || halfPixelCenters ? 'round_prefer_ceil' : 'floor';
  const attributes = {
    mode: string(mode),
    coordinate_transformation_mode: string(coordinates),
    ...(mode === 'nearest' ? { nearest_mode: string(rounding) } : {}),
  };
  const factors = Float32Array.of(1, 1, resizeFactor(height, size[0]), resizeFactor(width, size[1]));
  const inputs = [nchw, undefined, g.constant('float32', [4], factors)];
  return g.add('Resize', inputs, [{ type: nchw.type, shape: [batch, channels, ...size] }], attributes)[0]!;
}

const resizing =
  (mode: Mode) =>
  ({ g, input, attrs }: LoweringContext): Value => {
    const { size } = attrs as { size: [number, number] };
    // TensorFlow.js interpolates whole numbers as floats.
    const images = mode === 'linear' ? cast(g, input('images'), 'float32') : input('images');
    const nchw = transpose(g, images, NHWC_TO_NCHW);
    const [, , height, width] = staticShape(nchw);
    if (height === size[0] && width === size[1]) return images;
    return transpose(g, resizePlanes(g, nchw, size, mode, attrs as ResizeAttributes), NCHW_TO_NHWC);
  };

/** The linear map that resizes one axis, as a matrix [out, in], row-major. */
function resizeMatrix(
  mode: Mode,
  from: number,
  to: number,
  { alignCorners, halfPixelCenters }: ResizeAttributes,
): Float32Array {
  const matrix = new Float32Array(to * from);
  const scale = alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
  const last = from - 1;
  for (let row = 0; row < to; row++) {
    const position = halfPixelCenters ? (row + 0.5) * scale - 0.5 : row * scale;
    const add = (column: number, weight: number) => {
      matrix[row * from + Math.min(last, Math.max(0, column))]! += weight;
    };
    if (mode === 'nearest')
      add(alignCorners ? Math.round(position) : Math.floor(halfPixelCenters ? position + 0.5 : position), 1);
    else {
      const below = Math.floor(position);
      add(below, 1 - (position - below));
      add(below + 1, position - below);
    }
  }
  return matrix;
}

/** Resizing is linear in each axis, dX = Aᵀ · dY · B, so its gradient is two products with the transposed maps. */
const resizingGradient =
  (mode: Mode) =>
  ({ g, input, attrs }: LoweringContext): Value => {
    const dy = transpose(g, input('dy'), NHWC_TO_NCHW);
    const [, , rows, columns] = staticShape(dy) as Shape4D;
    const [, height, width] = staticShape(input('images')) as Shape4D;
    const map = (from: number, to: number): Value =>
      g.constant('float32', [to, from], resizeMatrix(mode, from, to, attrs as ResizeAttributes));
    const byRows = matMul(g, map(height, rows), dy, true);
    return transpose(g, matMul(g, byRows, map(width, columns)), NCHW_TO_NHWC);
  };

export const resizingKernels: LoweringTable = {
  [RESIZE_BILINEAR_NCHW]: ({ g, input, attrs }) =>
    resizePlanes(g, input('x'), (attrs as OwnAttributes).size, 'linear', {
      alignCorners: false,
      halfPixelCenters: true,
    }),
  ResizeBilinear: resizing('linear'),
  ResizeBilinearGrad: resizingGradient('linear'),
  ResizeNearestNeighbor: resizing('nearest'),
  ResizeNearestNeighborGrad: resizingGradient('nearest'),
};
