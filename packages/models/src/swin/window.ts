import { type TokenOrder, windowOrder } from './token-order.ts';

/** The windows in which a block attends. */
export interface WindowGeometry {
  /** Tokens per side of the image. */
  readonly side: number;
  /** Tokens per side of a window. */
  readonly window: number;
  /** By how many tokens the image is rolled before it is cut; 0 for none. */
  readonly shift: number;
  /** Window by window. */
  readonly order: TokenOrder;
}

/**
 * Windows of the block `index` of a stage: every odd block is shifted by half a window. Where one window would cover the image, the
 * window shrinks to it and nothing is shifted, as in the official code.
 *
 * @param side tokens per side of the image, at most `windowSize` or a multiple of it
 */
export function windowGeometry(side: number, windowSize: number, index: number): WindowGeometry {
  const window = Math.min(side, windowSize);
  const shift = side > windowSize && index % 2 === 1 ? Math.floor(windowSize / 2) : 0;
  return { side, window, shift, order: windowOrder(side, window, shift) };
}

/** Rows of a window's relative position table: one for each offset. */
export const windowOffsets = (window: number): number => (2 * window - 1) ** 2;

/**
 * Row of the relative position table for each pair of tokens of a window.
 *
 * @param window tokens per side
 * @returns int32 [T, T], T = window²
 */
export function windowPositionIndex(window: number): Int32Array {
  const tokens = window * window;
  return Int32Array.from({ length: tokens * tokens }, (_, pair) => {
    const [from, to] = [Math.floor(pair / tokens), pair % tokens];
    const rows = Math.floor(from / window) - Math.floor(to / window) + window - 1;
    const columns = (from % window) - (to % window) + window - 1;
    return rows * (2 * window - 1) + columns;
  });
}

/** Added to the logits of pairs that must not see each other. */
const HIDDEN = -100;

/**
 * Attention mask of shifted windows: tokens that only the roll has brought together do not see each other.
 *
 * @returns float32 [windows, T, T], 0 or −100
 */
export function shiftedWindowMask({ side, window, shift }: WindowGeometry): Float32Array {
  // Along a side of the rolled image: windows that the seam does not touch, the part before the seam, the part behind it.
  const part = (line: number) => (line < side - window ? 0 : line < side - shift ? 1 : 2);
  const regions = windowOrder(side, window, 0).map((at) => 3 * part(Math.floor(at / side)) + part(at % side));
  const tokens = window * window;
  return Float32Array.from({ length: side * side * tokens }, (_, pair) => {
    const from = Math.floor(pair / tokens);
    const to = from - (from % tokens) + (pair % tokens);
    return regions[from] === regions[to] ? 0 : HIDDEN;
  });
}
