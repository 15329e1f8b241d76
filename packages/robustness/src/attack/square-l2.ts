import type { Random } from '@mfm/data';
import type { SquareState } from './square.ts';
import { squareBump } from './square-bump.ts';

/** A bump, upright or lying, and its sign in each channel. */
function drawBump(length: number, random: Random) {
  const bump = squareBump(length);
  const lies = random.uniform() < 0.5;
  const signs = [0, 1, 2].map(() => (random.uniform() < 0.5 ? -1 : 1));
  return (channel: number, y: number, x: number) => signs[channel]! * bump[lies ? x * length + y : y * length + x]!;
}

/** Writes clip(clean + ε · δ / ‖δ‖). */
function show({ clean, epsilon }: SquareState, delta: Float64Array, out: Float32Array): void {
  let sum = 0;
  for (let i = 0; i < delta.length; i++) sum += delta[i]! * delta[i]!;
  const scale = sum === 0 ? 0 : epsilon / Math.sqrt(sum);
  for (let i = 0; i < out.length; i++) out[i] = Math.min(1, Math.max(0, clean[i]! + scale * delta[i]!));
}

/** Tiles along each side at the start. */
const TILES = 5;

/** Five by five bumps. */
export function startSquareL2(state: SquareState, random: Random, out: Float32Array): void {
  const { side } = state;
  const length = Math.floor(side / TILES);
  const first = Math.floor((side - TILES * length) / 2);
  const delta = new Float64Array(out.length);
  for (let tile = 0; tile < TILES * TILES; tile++) {
    const bump = drawBump(length, random);
    const [top, left] = [first + Math.floor(tile / TILES) * length, first + (tile % TILES) * length];
    for (let channel = 0; channel < 3; channel++) {
      for (let y = 0; y < length; y++) {
        for (let x = 0; x < length; x++) {
          delta[(channel * side + top + y) * side + left + x] = bump(channel, y, x);
        }
      }
    }
  }
  show(state, delta, out);
}

/** A square of one channel, by its upper left corner. */
interface Window {
  readonly top: number;
  readonly left: number;
  readonly length: number;
}

const isInside = ({ top, left, length }: Window, y: number, x: number) =>
  y >= top && y < top + length && x >= left && x < left + length;

/** Σ δ² of one channel over two windows, points of both counted once. */
function squaresOver(delta: Float64Array, channel: number, side: number, [a, b]: readonly [Window, Window]) {
  let sum = 0;
  for (const window of [a, b]) {
    for (let y = window.top; y < window.top + window.length; y++) {
      for (let x = window.left; x < window.left + window.length; x++) {
        if (window === b && a !== b && isInside(a, y, x)) continue;
        sum += delta[(channel * side + y) * side + x]! ** 2;
      }
    }
    if (a === b) break;
  }
  return sum;
}

/**
 * Moves the perturbation of one square to another: the second is set to zero, and to the first is added a bump, scaled so that it takes up what
 * the second gives back and what the ball still has room for.
 */
export function proposeSquareL2(state: SquareState, share: number, random: Random, out: Float32Array): void {
  const { clean, current, side, epsilon } = state;
  const odd = (length: number) => (length % 2 === 0 ? length + 1 : length);
  const length = Math.min(side - 1, odd(Math.max(3, Math.round(Math.sqrt(share) * side))));
  const drawWindow = () => ({ top: random.integer(side - length), left: random.integer(side - length), length });
  const [target, source] = [drawWindow(), drawWindow()];
  const bump = drawBump(length, random);
  const delta = Float64Array.from(current, (value, i) => value - clean[i]!);
  let whole = 0;
  for (let i = 0; i < delta.length; i++) whole += delta[i]! * delta[i]!;
  const room = Math.max(0, epsilon ** 2 - whole) / 3;
  for (let channel = 0; channel < 3; channel++) {
    const at = (y: number, x: number) => (channel * side + y) * side + x;
    const available = Math.sqrt(room + squaresOver(delta, channel, side, [target, source]));
    const before = 1e-10 + Math.sqrt(squaresOver(delta, channel, side, [target, target]));
    const mixed = new Float64Array(length * length);
    for (let y = 0; y < length; y++) {
      for (let x = 0; x < length; x++) {
        mixed[y * length + x] = bump(channel, y, x) + delta[at(target.top + y, target.left + x)]! / before;
      }
    }
    const size = Math.hypot(...mixed) || 1;
    for (let y = 0; y < length; y++) {
      for (let x = 0; x < length; x++) delta[at(source.top + y, source.left + x)] = 0;
    }
    for (let y = 0; y < length; y++) {
      for (let x = 0; x < length; x++) {
        delta[at(target.top + y, target.left + x)] = (mixed[y * length + x]! / size) * available;
      }
    }
  }
  show(state, delta, out);
}
