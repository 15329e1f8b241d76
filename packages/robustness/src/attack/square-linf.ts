import type { Random } from '@mfm/data';
import type { SquareState } from './square.ts';

const drawSign = (random: Random) => (random.uniform() < 0.5 ? -1 : 1);

const clip = (value: number) => Math.min(1, Math.max(0, value));

/** Tries before a square is left as it is: all of eight sign patterns change nothing only where ε is below the rounding. */
const TRIES = 100;

/** Vertical stripes one pixel wide of +ε or −ε, drawn per channel. */
export function startSquareLinf({ clean, side, epsilon }: SquareState, random: Random, out: Float32Array): void {
  for (let channel = 0; channel < 3; channel++) {
    for (let x = 0; x < side; x++) {
      const change = epsilon * drawSign(random);
      for (let y = 0; y < side; y++) {
        const at = (channel * side + y) * side + x;
        out[at] = clip(clean[at]! + change);
      }
    }
  }
}

/** A square of +ε or −ε, one sign per channel, drawn again where it is what was there. */
export function proposeSquareLinf(
  { clean, current, side, epsilon }: SquareState,
  share: number,
  random: Random,
  out: Float32Array,
): void {
  const length = Math.min(side - 1, Math.max(1, Math.round(Math.sqrt(share) * side)));
  const [top, left] = [random.integer(side - length), random.integer(side - length)];
  out.set(current);
  let changed = false;
  for (let tries = 0; !changed && tries < TRIES; tries++) {
    for (let channel = 0; channel < 3; channel++) {
      const change = epsilon * drawSign(random);
      for (let y = top; y < top + length; y++) {
        const row = (channel * side + y) * side;
        for (let at = row + left; at < row + left + length; at++) {
          out[at] = clip(clean[at]! + change);
          if (out[at] !== current[at]) changed = true;
        }
      }
    }
  }
}
