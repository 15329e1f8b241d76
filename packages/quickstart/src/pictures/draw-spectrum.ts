import { planeAmplitudes } from '@mfm/data';
import { drawMap } from '@mfm/report';

const luminance = (planes: ArrayLike<number>, side: number): Float64Array => {
  const size = side * side;
  return Float64Array.from(
    { length: size },
    (_, i) => 0.299 * planes[i]! + 0.587 * planes[size + i]! + 0.114 * planes[2 * size + i]!,
  );
};

/** log(1 + |F|) of the luminance, DC at the centre, on one scale for all pictures of a side, so that they can be compared. */
export function drawSpectrum(planes: ArrayLike<number>, side: number): Promise<string> {
  // A plane of ones has |F(0)| = side² unscaled; nothing can be stronger.
  const scale = Math.log1p(side * side);
  const strength = planeAmplitudes(luminance(planes, side), side).map((value) => Math.log1p(side * value) / scale);
  return drawMap(strength, side);
}
