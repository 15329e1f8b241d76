import type { Image } from '../image.ts';
import type { Taps } from '../resample-filter.ts';
import { resampleKernel } from './resample-kernel.ts';

/** One resampling as the kernel does it. */
export interface Filtering {
  readonly image: Image;
  /** First column and first row of the image that the taps count from. */
  readonly left: number;
  readonly top: number;
  /** Columns of the image, from `left`, that have influence. */
  readonly width: number;
  readonly across: Taps;
  readonly down: Taps;
  /** Mirrors the result horizontally. */
  readonly flip: boolean;
}

/** Bytes of the image that are in the kernel's memory at a time: they stay in the core's cache, and a photograph of any size needs no more. */
const STRIP = 1 << 17;
/** The kernel filters so many rows at once. */
const ROWS = 4;
/** Bits of a weight's lower part, as the kernel has it. */
const LOW = 12;

const roundUp = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

/** Pairs of taps of the position that has most. */
function countPairs({ count }: Taps): number {
  let most = 0;
  for (let i = 0; i < count.length; i++) most = Math.max(most, count[i]!);
  return (most + 1) >> 1;
}

/**
 * Writes what the kernel reads of an axis: starts, then as many pairs of cut weights for every position.
 *
 * @param start where each position's taps start, in the kernel's unit, by the index of their first one
 */
function writeTaps(
  buffer: ArrayBuffer,
  at: number,
  { start, count, weights, stride }: Taps,
  pairs: number,
  flip: boolean,
  startOf: (index: number) => number,
): void {
  const positions = start.length;
  const starts = new Int32Array(buffer, at, positions);
  const cut = new Int16Array(buffer, at + positions * 4, positions * pairs * 4).fill(0);
  for (let i = 0; i < positions; i++) {
    const from = flip ? positions - 1 - i : i;
    starts[i] = startOf(start[from]!);
    for (let t = 0; t < count[from]!; t++) {
      const weight = weights[from * stride + t]!;
      const o = (i * pairs + (t >> 1)) * 4 + (t & 1);
      cut[o] = weight >> LOW;
      cut[o + 2] = weight & ((1 << LOW) - 1);
    }
  }
}

/** Bytes of that. */
const tapBytes = (positions: number, pairs: number) => positions * (4 + pairs * 8);

/**
 * Filters along x, then, rounded to bytes, along y.
 *
 * @param out receives uint8 `[positions down, positions across, 3]`
 */
export function filterImage({ image, left, top, width, across, down, flip }: Filtering, out: Uint8Array): void {
  const [columns, height] = [across.start.length, down.start.length];
  const firstRow = down.start[0]!;
  const rows = down.start[height - 1]! + down.count[height - 1]! - firstRow;
  const [acrossPairs, downPairs] = [countPairs(across), countPairs(down)];
  const imageStride = image.width * 3;
  const stripRows = Math.min(roundUp(STRIP / imageStride, ROWS), roundUp(rows, ROWS));
  const rowLength = columns * 3;
  const rowStride = roundUp(rowLength + 1, 16);

  // In the kernel's memory, one after the other: taps, a strip of the image, the rows filtered along x, the result.
  const downTaps = tapBytes(columns, acrossPairs);
  const strip = downTaps + tapBytes(height, downPairs);
  const filtered = roundUp(strip + stripRows * imageStride, 16);
  const result = filtered + roundUp(rows, ROWS) * rowStride;
  // Taps of weight 0 and whole vectors reach beyond what they belong to.
  const beyond = Math.max(2 * downPairs * rowStride, 6 * acrossPairs) + 16;
  const { memory, resampleRows, resampleColumns } = resampleKernel(result + height * rowLength + beyond);

  const { buffer } = memory;
  writeTaps(buffer, 0, across, acrossPairs, flip, (index) => index * 3);
  writeTaps(buffer, downTaps, down, downPairs, false, (index) => index - firstRow);
  const bytes = new Uint8Array(buffer);
  for (let y = 0; y < rows; y += stripRows) {
    const count = Math.min(stripRows, rows - y);
    const start = (top + firstRow + y) * imageStride + left * 3;
    bytes.set(image.pixels.subarray(start, start + (count - 1) * imageStride + width * 3), strip);
    const to = filtered + y * rowStride;
    resampleRows(strip, imageStride, count, 0, columns * 4, acrossPairs, columns, to, rowStride);
  }
  resampleColumns(filtered, rowStride, downTaps, downTaps + height * 4, downPairs, height, rowLength, result);
  out.set(bytes.subarray(result, result + height * rowLength));
}
