import type { Random } from '../random/random.ts';

/**
 * The order in which a shuffle buffer gives out what flows through it: `size` positions are held; each time one of them, drawn at random, leaves and the next position takes
 * its place. Of positions alone: what is at them need not be read to know the order.
 */
export interface ShuffleWindow {
  /** Positions that are held, in no order. */
  readonly held: readonly number[];
  /** The next position to flow in; all before it have left or are held. */
  readonly entered: number;
  /** The position that leaves next; undefined at the end. */
  next(): number | undefined;
}

/**
 * @param length positions 0 … length − 1 flow through
 * @param size positions held at once, at least 1
 */
export function shuffleWindow(length: number, size: number, random: Random): ShuffleWindow {
  const held: number[] = [];
  let entered = 0;
  return {
    held,
    get entered() {
      return entered;
    },
    next() {
      while (held.length < size && entered < length) held.push(entered++);
      if (held.length === 0) return undefined;
      const place = random.integer(held.length);
      const leaving = held[place]!;
      const last = held.pop()!;
      if (place < held.length) held[place] = last;
      return leaving;
    },
  };
}
