/** A complex plane [H, W], row-major, DC at (⌊H/2⌋, ⌊W/2⌋). */
export interface Plane {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

function sum(
  plane: Plane,
  height: number,
  width: number,
  angle: (row: number, column: number) => number,
): [number, number] {
  let [re, im] = [0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const i = row * width + column;
      const [c, s] = [Math.cos(angle(row, column)), Math.sin(angle(row, column))];
      re += plane.re[i]! * c - plane.im[i]! * s;
      im += plane.re[i]! * s + plane.im[i]! * c;
    }
  }
  return [re, im];
}

function transform(plane: Plane, height: number, width: number, sign: 1 | -1): Plane {
  const [re, im] = [new Float64Array(height * width), new Float64Array(height * width)];
  const [cy, cx] = [Math.floor(height / 2), Math.floor(width / 2)];
  for (let i = 0; i < height * width; i++) {
    const [oy, ox] = [Math.floor(i / width), i % width];
    // Forward, the output index is the frequency, inverse the input's: the centre is subtracted from that one.
    const turn = (row: number, column: number) =>
      sign === -1
        ? (row * (oy - cy)) / height + (column * (ox - cx)) / width
        : ((row - cy) * oy) / height + ((column - cx) * ox) / width;
    const [a, b] = sum(plane, height, width, (row, column) => sign * 2 * Math.PI * turn(row, column));
    re[i] = a / Math.sqrt(height * width);
    im[i] = b / Math.sqrt(height * width);
  }
  return { re, im };
}

/** Orthonormal 2-D DFT by its definition, shifted; the reference that the tests compare with. */
export const naiveDft = (image: ArrayLike<number>, height: number, width: number): Plane =>
  transform({ re: Float64Array.from(image), im: new Float64Array(height * width) }, height, width, -1);

/** Its inverse, real part. */
export const naiveInverse = (plane: Plane, height: number, width: number): Float64Array =>
  transform(plane, height, width, 1).re;
