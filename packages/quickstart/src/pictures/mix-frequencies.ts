import { fft2d, inverseFft2d } from '@mfm/data';

/**
 * The plane that has `known`'s frequencies where the mask is 1, and `predicted`'s where it is 0.
 *
 * @param mask `[side, side]`, 1 = frequency kept, 0 = masked, DC at the centre
 */
export function mixFrequencies(
  known: ArrayLike<number>,
  predicted: ArrayLike<number>,
  mask: ArrayLike<number>,
  side: number,
): Float64Array {
  const [a, b] = [fft2d(known, side), fft2d(predicted, side)];
  const centre = side >> 1;
  const choose = (x: Float64Array, y: Float64Array) =>
    x.map((value, i) => {
      const [row, column] = [(Math.floor(i / side) + centre) % side, ((i % side) + centre) % side];
      return mask[row * side + column] ? value : y[i]!;
    });
  return inverseFft2d({ re: choose(a.re, b.re), im: choose(a.im, b.im) }, side);
}
