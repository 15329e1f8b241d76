import type { Box } from './resample.ts';

/** A part of a mask that was resized. */
export interface MaskSampling {
  width: number;
  height: number;
  /** Size the whole mask is resized to. */
  outWidth: number;
  outHeight: number;
  /** Part of the resized mask that is wanted. */
  window: Box;
}

/** Source position of each position of the window: the cell that holds the centre, as Pillow's NEAREST. */
function nearest(inSize: number, outSize: number, from: number, length: number): Int32Array {
  const scale = inSize / outSize;
  return Int32Array.from({ length }, (_, i) => Math.min(inSize - 1, Math.floor((from + i + 0.5) * scale)));
}

/**
 * Resizes labels without mixing them: each pixel of the result is one of the mask's.
 *
 * @param mask uint8 `[height, width]`
 * @returns uint8 `[window.height, window.width]`
 */
export function resampleMask(
  mask: Uint8Array,
  { width, height, outWidth, outHeight, window }: MaskSampling,
): Uint8Array {
  const columns = nearest(width, outWidth, window.left, window.width);
  const rows = nearest(height, outHeight, window.top, window.height);
  const out = new Uint8Array(window.width * window.height);
  for (let y = 0, o = 0; y < window.height; y++) {
    const row = rows[y]! * width;
    for (let x = 0; x < window.width; x++, o++) out[o] = mask[row + columns[x]!]!;
  }
  return out;
}
