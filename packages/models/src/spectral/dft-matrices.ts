/**
 * Which columns of a spectrum are computed. `half`: frequencies 0 … ⌊W/2⌋ in this order, all that a real signal needs, the others being
 * conjugates. `full`: −⌊W/2⌋ …, every bin, DC at index ⌊W/2⌋ (fftshifted).
 */
export type SpectrumColumns = 'half' | 'full';

/** Frequency at each index of an fftshifted axis: DC at ⌊size/2⌋. */
export const shiftedFrequencies = (size: number): number[] =>
  Array.from({ length: size }, (_, index) => index - Math.floor(size / 2));

/** Column frequencies of a spectrum over `width` pixels. */
export const columnFrequencies = (width: number, columns: SpectrumColumns): number[] =>
  columns === 'full' ? shiftedFrequencies(width) : Array.from({ length: Math.floor(width / 2) + 1 }, (_, k) => k);

/** exp(−2πi · position · frequency / size), the angle reduced in integers so that large products lose no digits. */
function twiddle(position: number, frequency: number, size: number): { re: number; im: number } {
  const turns = ((((position * frequency) % size) + size) % size) / size;
  return { re: Math.cos(2 * Math.PI * turns), im: -Math.sin(2 * Math.PI * turns) };
}

const cache = new Map<string, Float32Array>();

function cached(key: string, build: () => Float32Array): Float32Array {
  let matrix = cache.get(key);
  if (matrix === undefined) {
    matrix = build();
    cache.set(key, matrix);
  }
  return matrix;
}

/**
 * Orthonormal DFT of real rows as a matrix: row [W] × this = [re, im, re, im, …] of K columns, so that one
 * transpose of the last two axes makes rows of {@link columnDftMatrix}.
 *
 * @returns float32 [W, 2K], computed in float64; shared, not to be written to
 */
export function rowDftMatrix(width: number, columns: SpectrumColumns): Float32Array {
  return cached(`row ${width} ${columns}`, () => {
    const frequencies = columnFrequencies(width, columns);
    const count = frequencies.length;
    const matrix = new Float32Array(width * 2 * count);
    for (let x = 0; x < width; x++) {
      frequencies.forEach((frequency, k) => {
        const { re, im } = twiddle(x, frequency, width);
        matrix[(x * count + k) * 2] = re / Math.sqrt(width);
        matrix[(x * count + k) * 2 + 1] = im / Math.sqrt(width);
      });
    }
    return matrix;
  });
}

/**
 * Orthonormal DFT of complex columns as a real matrix: [re | im] (2H) × this = [re | im] (2H), output frequencies fftshifted.
 * It is orthogonal: its transpose is the inverse transform.
 *
 * @returns float32 [2H, 2H], computed in float64; shared, not to be written to
 */
export function columnDftMatrix(height: number): Float32Array {
  return cached(`column ${height}`, () => {
    const matrix = new Float32Array(4 * height * height);
    const set = (row: number, column: number, value: number) => {
      matrix[row * 2 * height + column] = value / Math.sqrt(height);
    };
    for (let y = 0; y < height; y++) {
      shiftedFrequencies(height).forEach((frequency, f) => {
        const { re, im } = twiddle(y, frequency, height);
        set(y, f, re);
        set(y, height + f, im);
        set(height + y, f, -im);
        set(height + y, height + f, re);
      });
    }
    return matrix;
  });
}
