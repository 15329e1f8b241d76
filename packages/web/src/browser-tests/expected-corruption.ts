/** The mask that is asked for, in words of its definition. */
export interface ExpectedMask {
  readonly keep: 'low' | 'high';
  readonly radius: number;
  readonly outerRadius?: number;
}

/**
 * What a mask leaves of a picture on the screen, by the definition of the discrete Fourier transform: nothing in it is the page's code.
 *
 * @param rgba [side, side, 4]
 * @returns bytes [side, side, 4], alpha 255
 */
export function expectedCorruption(rgba: readonly number[], { keep, radius, outerRadius }: ExpectedMask): number[] {
  const side = Math.sqrt(rgba.length / 4);
  const result = new Array<number>(rgba.length).fill(255);
  const [bins, places] = [Array.from({ length: side }, (_, i) => i - Math.floor(side / 2)), [...Array(side).keys()]];
  const turn = (k: number, x: number) => (2 * Math.PI * k * x) / side;
  for (let channel = 0; channel < 3; channel++) {
    // Σ over x and y of f(x, y) e^(−2πi (ux + vy) / side), first along x, then along y.
    const alongX = places.map((y) =>
      bins.map((u) => sum(places, (x) => times(rgba[4 * (y * side + x) + channel]! / 255, turn(-u, x)))),
    );
    const spectrum = bins.map((v) => bins.map((_, i) => sum(places, (y) => rotate(alongX[y]![i]!, turn(-v, y)))));
    const kept = spectrum.map((row, j) =>
      row.map((value, i): Value => {
        const distance = Math.hypot(bins[i]!, bins[j]!);
        const isMaskedByLow = distance >= radius && distance < (outerRadius ?? Number.POSITIVE_INFINITY);
        return isMaskedByLow === (keep === 'low') ? [0, 0] : value;
      }),
    );
    const backAlongX = kept.map((row) => places.map((x) => sum(row.keys(), (i) => rotate(row[i]!, turn(bins[i]!, x)))));
    for (const y of places) {
      for (const x of places) {
        const [re] = sum(bins.keys(), (j) => rotate(backAlongX[j]![x]!, turn(bins[j]!, y)));
        result[4 * (y * side + x) + channel] = Math.round(255 * Math.min(1, Math.max(0, re / side ** 2)));
      }
    }
  }
  return result;
}

/** Real and imaginary part. */
type Value = [number, number];

const times = (a: number, angle: number): Value => [a * Math.cos(angle), a * Math.sin(angle)];
const rotate = ([re, im]: Value, angle: number): Value => {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [re * cos - im * sin, re * sin + im * cos];
};

function sum<T>(over: Iterable<T>, term: (item: T) => Value): Value {
  let [re, im] = [0, 0];
  for (const item of over) {
    const [a, b] = term(item);
    re += a;
    im += b;
  }
  return [re, im];
}
