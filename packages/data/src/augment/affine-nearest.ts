import type { AffineMatrix, Sampler } from './affine.ts';

const { abs, floor } = Math;

/** Where a walk over the image starts in the source, and its steps from column to column and from row to row. */
interface Walk {
  start: [x: number, y: number];
  column: [x: number, y: number];
  row: [x: number, y: number];
}

/** Pillow walks in 16.16 fixed point where every corner fits: here the same values as doubles, which hold their sums exactly. */
function fixedPointWalk([a, b, c, d, e, f]: AffineMatrix): Walk {
  const fix = (v: number) => floor(v * 65536 + 0.5) / 65536;
  return {
    start: [fix(c + a * 0.5 + b * 0.5), fix(f + d * 0.5 + e * 0.5)],
    column: [fix(a), fix(d)],
    row: [fix(b), fix(e)],
  };
}

function fitsFixedPoint([a, b, c, d, e, f]: AffineMatrix, width: number, height: number): boolean {
  return [0, width].every((x) =>
    [0, height].every((y) => abs(x * a + y * b + c) < 32768 && abs(x * d + y * e + f) < 32768),
  );
}

function walkOf(matrix: AffineMatrix, width: number, height: number): Walk {
  const [a, b, c, d, e, f] = matrix;
  const scalesOnly = b === 0 && d === 0;
  if (!scalesOnly && fitsFixedPoint(matrix, width, height)) return fixedPointWalk(matrix);
  return { start: [c + b * 0.5 + a * 0.5, f + e * 0.5 + d * 0.5], column: [a, d], row: [b, e] };
}

/** Nearest neighbour, with the rounding of Pillow's `ImagingTransformAffine`: positions are sums of steps, not products. */
export const sampleNearest: Sampler = (source, target, width, height, matrix, fill) => {
  const { start, column, row } = walkOf(matrix, width, height);
  let [rowX, rowY] = start;
  for (let y = 0, o = 0; y < height; y++) {
    let [sourceX, sourceY] = [rowX, rowY];
    for (let x = 0; x < width; x++, o += 3) {
      if (sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height) {
        const p = (floor(sourceY) * width + floor(sourceX)) * 3;
        for (let i = 0; i < 3; i++) target[o + i] = source[p + i]!;
      } else {
        [target[o], target[o + 1], target[o + 2]] = fill;
      }
      sourceX += column[0];
      sourceY += column[1];
    }
    rowX += row[0];
    rowY += row[1];
  }
};
