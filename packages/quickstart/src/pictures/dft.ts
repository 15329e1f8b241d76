/** A complex plane `[side, side]`; frequencies with DC at the centre, `side >> 1`. */
export interface ComplexPlane {
  readonly side: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** One-dimensional transforms along the rows, transposed on the way out: twice gives a two-dimensional transform. */
function transformRows({ side, re, im }: ComplexPlane, sign: 1 | -1): ComplexPlane {
  const centre = side >> 1;
  const out = { side, re: new Float64Array(side * side), im: new Float64Array(side * side) };
  const angles = Float64Array.from({ length: side }, (_, i) => (2 * Math.PI * i) / side);
  for (let k = 0; k < side; k++) {
    for (let x = 0; x < side; x++) {
      // Forward: k is a frequency counted from the centre; inverse: x is.
      const frequency = sign < 0 ? k - centre : x - centre;
      const place = sign < 0 ? x : k;
      const angle = angles[(((frequency * place) % side) + side) % side]!;
      const [cos, sin] = [Math.cos(angle), sign * Math.sin(angle)];
      for (let row = 0; row < side; row++) {
        const [a, b] = [re[row * side + x]!, im[row * side + x]!];
        out.re[k * side + row]! += a * cos - b * sin;
        out.im[k * side + row]! += a * sin + b * cos;
      }
    }
  }
  return out;
}

/** Spectrum of a real plane, DC at the centre, not scaled. Written for small pictures: side³ operations. */
export function spectrumOf(plane: ArrayLike<number>, side: number): ComplexPlane {
  const start = { side, re: Float64Array.from(plane), im: new Float64Array(side * side) };
  return transformRows(transformRows(start, -1), -1);
}

/** The real part of the plane whose spectrum this is. */
export function planeOf(spectrum: ComplexPlane): Float64Array {
  const { re, side } = transformRows(transformRows(spectrum, 1), 1);
  return re.map((value) => value / (side * side));
}

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
  const [a, b] = [spectrumOf(known, side), spectrumOf(predicted, side)];
  const choose = (x: Float64Array, y: Float64Array) => x.map((value, i) => (mask[i] ? value : y[i]!));
  return planeOf({ side, re: choose(a.re, b.re), im: choose(a.im, b.im) });
}
