import { extendEdges, type Plane, roundUp } from './plane.ts';

/** Side of a block of samples that is transformed together. */
const BLOCK = 8;

/**
 * Halves a chroma plane both ways (4:2:0) and pads it to whole blocks: libjpeg's `h2v2_downsample`. Columns are padded
 * before, rows (beyond an even number) after averaging, as libjpeg does; it shows in the last rows of odd sizes.
 */
export function downsampleChroma(plane: Plane): Plane {
  const width = roundUp(Math.ceil(plane.width / 2), BLOCK);
  const rows = Math.ceil(plane.height / 2);
  const source = extendEdges(plane, width * 2, rows * 2);
  const samples = new Uint8Array(width * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      const at = 2 * y * source.width + 2 * x;
      const upper = source.samples[at]! + source.samples[at + 1]!;
      const lower = source.samples[at + source.width]! + source.samples[at + source.width + 1]!;
      // Rounding bias 1, 2, 1, 2, … along the row, so that halves do not all go up.
      samples[y * width + x] = (upper + lower + 1 + (x & 1)) >> 2;
    }
  }
  return extendEdges({ samples, width, height: rows }, width, roundUp(rows, BLOCK));
}

/** Repeats samples; libjpeg does so for images too narrow for the triangle filter. */
function repeatSamples(plane: Plane, width: number, height: number): Plane {
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) samples[y * width + x] = plane.samples[(y >> 1) * plane.width + (x >> 1)]!;
  }
  return { samples, width, height };
}

/**
 * Doubles a chroma plane with the triangle filter (libjpeg's "fancy upsampling", weights 9, 3, 3, 1 over 16).
 *
 * @param plane decoded chroma, padded to whole blocks
 * @param width width of the image in pixels; samples beyond half of it are padding and have no influence
 */
export function upsampleChroma(plane: Plane, width: number, height: number): Plane {
  const columns = Math.ceil(width / 2);
  const rows = Math.ceil(height / 2);
  if (columns <= 2) return repeatSamples(plane, width, height);
  const out = { samples: new Uint8Array(columns * 2 * height), width: columns * 2, height };
  const sums = new Int32Array(columns);
  for (let y = 0; y < height; y++) {
    const near = y >> 1;
    const far = Math.max(0, Math.min(near + (y & 1 ? 1 : -1), rows - 1));
    for (let x = 0; x < columns; x++) {
      sums[x] = 3 * plane.samples[near * plane.width + x]! + plane.samples[far * plane.width + x]!;
    }
    const at = y * out.width;
    for (let x = 0; x < columns; x++) {
      const center = 3 * sums[x]!;
      // Alternating rounding (8, 7), as libjpeg does; at the ends the sample is its own neighbour.
      out.samples[at + 2 * x] = (center + sums[Math.max(0, x - 1)]! + 8) >> 4;
      out.samples[at + 2 * x + 1] = (center + sums[Math.min(x + 1, columns - 1)]! + 7) >> 4;
    }
  }
  return out;
}
