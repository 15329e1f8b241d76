import type { GraphBuilder } from '../../graph/builder.ts';
import { scalar } from '../../graph/operators/creation.ts';
import { binary, cast } from '../../graph/operators/elementwise.ts';
import { concat, gather, slice } from '../../graph/operators/movement.ts';
import { staticShape, type Value } from '../../graph/value.ts';
import type { LoweringContext, LoweringTable } from '../lowering.ts';

interface CropAttributes {
  cropSize: [number, number];
  method: 'bilinear' | 'nearest';
  extrapolationValue: number;
}

/** Where the pixels of one axis of a crop lie in the image, between its first and last pixel; NaN outside. */
function positionsOf(from: number, to: number, length: number, count: number): number[] {
  const last = length - 1;
  const step = count > 1 ? ((to - from) * last) / (count - 1) : 0;
  return Array.from({ length: count }, (_, index) => {
    const position = count > 1 ? from * last + index * step : 0.5 * (from + to) * last;
    return position < 0 || position > last ? Number.NaN : position;
  });
}

const inside = (positions: readonly number[]) => positions.map((position) => (Number.isNaN(position) ? 0 : position));

const picks = (g: GraphBuilder, indices: readonly number[]) =>
  g.constant('int32', [indices.length], Int32Array.from(indices));

/** Reads one axis (1 rows, 2 columns) of NHWC data at fractional positions. */
function readAxis(
  g: GraphBuilder,
  x: Value,
  axis: 1 | 2,
  positions: readonly number[],
  { method }: CropAttributes,
): Value {
  const at = inside(positions);
  if (method === 'nearest') return gather(g, x, picks(g, at.map(Math.round)), axis);
  const below = gather(g, x, picks(g, at.map(Math.floor)), axis);
  const shares = Float32Array.from(at, (position) => position - Math.floor(position));
  if (shares.every((share) => share === 0)) return below;
  const above = gather(g, x, picks(g, at.map(Math.ceil)), axis);
  const share = g.constant('float32', axis === 1 ? [1, shares.length, 1, 1] : [1, 1, shares.length, 1], shares);
  return binary(g, 'Add', below, binary(g, 'Mul', binary(g, 'Sub', above, below), share));
}

/** One crop of every image of a batch. */
function crop(g: GraphBuilder, images: Value, box: readonly number[], attrs: CropAttributes): Value {
  const [, height, width] = staticShape(images) as [number, number, number, number];
  const [top, left, bottom, right] = box as [number, number, number, number];
  const [rows, columns] = [
    positionsOf(top, bottom, height, attrs.cropSize[0]),
    positionsOf(left, right, width, attrs.cropSize[1]),
  ];
  const read = readAxis(g, readAxis(g, images, 1, rows, attrs), 2, columns, attrs);
  if (![...rows, ...columns].some(Number.isNaN)) return read;
  const known = Uint8Array.from(
    rows.flatMap((row) => columns.map((column) => Number(!Number.isNaN(row) && !Number.isNaN(column)))),
  );
  const mask = g.constant('bool', [1, rows.length, columns.length, 1], known);
  const fill = scalar(g, 'float32', attrs.extrapolationValue);
  return g.add('Where', [mask, read, fill], [{ type: 'float32', shape: read.shape }])[0]!;
}

const numbersOf = ({ source }: Value): number[] | undefined =>
  source.kind === 'constant' ? Array.from(source.data as ArrayLike<number>) : undefined;

/**
 * Crops at constant boxes, as CenterCrop makes them: the positions to read are known while tracing. The same box for every image in turn
 * is one crop of the batch.
 */
function cropAndResize({ g, input, attrs }: LoweringContext): Value {
  const images = cast(g, input('image'), 'float32');
  const [boxes, imageOfBox] = [numbersOf(input('boxes')), numbersOf(input('boxInd'))];
  if (!boxes || !imageOfBox)
    throw new Error(
      'cropAndResize: boxes must be constant, got boxes that are computed. ONNX has no operator for those.',
    );
  const box = (index: number) => boxes.slice(4 * index, 4 * index + 4);
  const [batch, height, width, channels] = staticShape(images) as [number, number, number, number];
  const isPerImage = imageOfBox.length === batch && imageOfBox.every((image, index) => image === index);
  if (isPerImage && boxes.every((value, index) => value === boxes[index % 4])) return crop(g, images, box(0), attrs);
  const crops = imageOfBox.map((image, index) => {
    const single = slice(g, images, [image, 0, 0, 0], [image + 1, height, width, channels]);
    return crop(g, single, box(index), attrs);
  });
  return concat(g, crops, 0);
}

export const croppingKernels: LoweringTable = { CropAndResize: cropAndResize };
