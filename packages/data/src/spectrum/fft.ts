/** A complex plane `[size, size]`, real and imaginary parts apart, row by row. */
export interface Complex {
  readonly re: Float64Array<ArrayBuffer>;
  readonly im: Float64Array<ArrayBuffer>;
}

type Sign = 1 | -1;

const zeros = (length: number): Complex => ({ re: new Float64Array(length), im: new Float64Array(length) });

/** Prime factors, since models take sides like 224 = 2⁵ · 7. */
function primeFactors(n: number): number[] {
  for (let p = 2; p * p <= n; p++) if (n % p === 0) return [p, ...primeFactors(n / p)];
  return n > 1 ? [n] : [];
}

interface Turns {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

const turnTables = new Map<number, Turns>();

/** cos and sin of 2πi / n, i < n. */
function turnsOf(n: number): Turns {
  let turns = turnTables.get(n);
  if (!turns) {
    const angle = (i: number) => (2 * Math.PI * i) / n;
    turns = {
      cos: Float64Array.from({ length: n }, (_, i) => Math.cos(angle(i))),
      sin: Float64Array.from({ length: n }, (_, i) => Math.sin(angle(i))),
    };
    turnTables.set(n, turns);
  }
  return turns;
}

/** Where a butterfly reads and writes: the lines `from[start + q · stride]` become the lines `to[at + r · step]`, each of `width` values. */
interface Lines {
  readonly from: Complex;
  readonly start: number;
  readonly stride: number;
  readonly to: Complex;
  readonly at: number;
  readonly step: number;
  readonly width: number;
}

/** Sum and difference of two lines, the second turned by (c + is): half of a transform's time at powers of two, hence a case of its own. */
function butterfly2({ from, start, stride, to, at, step, width }: Lines, c: number, s: number): void {
  const { re: fromRe, im: fromIm } = from;
  const { re: toRe, im: toIm } = to;
  for (let i = 0; i < width; i++) {
    const a = fromRe[start + i]!;
    const b = fromIm[start + i]!;
    const x = fromRe[start + stride + i]!;
    const y = fromIm[start + stride + i]!;
    const re = x * c - y * s;
    const im = x * s + y * c;
    toRe[at + i] = a + re;
    toIm[at + i] = b + im;
    toRe[at + step + i] = a - re;
    toIm[at + step + i] = b - im;
  }
}

/** A line of `to` receives line q of `from` turned by (c + is): the first is set, the others are added. */
function turnLine({ from, start, stride, to, at, width }: Lines, q: number, c: number, s: number): void {
  const { re: fromRe, im: fromIm } = from;
  const { re: toRe, im: toIm } = to;
  const line = start + q * stride;
  if (q === 0) {
    toRe.set(fromRe.subarray(line, line + width), at);
    toIm.set(fromIm.subarray(line, line + width), at);
    return;
  }
  for (let i = 0; i < width; i++) {
    const a = fromRe[line + i]!;
    const b = fromIm[line + i]!;
    toRe[at + i]! += a * c - b * s;
    toIm[at + i]! += a * s + b * c;
  }
}

/**
 * Transforms the columns of `[length, width]` by Stockham's algorithm, one factor of the length after the other. The innermost loops run
 * along a line of memory, all columns at once. Writes over `values`; returns it or `spare`.
 */
function transformColumns(values: Complex, spare: Complex, length: number, width: number, sign: Sign): Complex {
  const { cos, sin } = turnsOf(length);
  let [from, to] = [values, spare];
  let done = 1;
  for (const p of primeFactors(length)) {
    const blocks = length / (done * p);
    const [stride, step] = [blocks * done * width, done * width];
    for (let k = 0; k < blocks; k++) {
      for (let j = 0; j < done; j++) {
        const lines = { from, start: (k * done + j) * width, stride, to, at: (k * p * done + j) * width, step, width };
        if (p === 2) {
          butterfly2(lines, cos[j * blocks]!, sign * sin[j * blocks]!);
          continue;
        }
        for (let r = 0; r < p; r++) {
          for (let q = 0; q < p; q++) {
            const turn = (q * (j + r * done) * blocks) % length;
            turnLine({ ...lines, at: lines.at + r * step }, q, cos[turn]!, sign * sin[turn]!);
          }
        }
      }
    }
    [from, to] = [to, from];
    done *= p;
  }
  return from;
}

function transpose({ re, im }: Complex, size: number, out: Complex): Complex {
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      out.re[x * size + y] = re[y * size + x]!;
      out.im[x * size + y] = im[y * size + x]!;
    }
  }
  return out;
}

/** Columns, then rows; the input is written over. */
function transform2d(plane: Complex, size: number, sign: Sign): Complex {
  const spare = zeros(size * size);
  const columns = transformColumns(plane, spare, size, size, sign);
  const other = columns === plane ? spare : plane;
  const turned = transpose(columns, size, other);
  const rows = transformColumns(turned, columns, size, size, sign);
  return transpose(rows, size, rows === turned ? columns : turned);
}

/**
 * Discrete Fourier transform of a square plane, not scaled; the mean (DC) stands first. Any size; small prime factors make it fast.
 *
 * @param real `[size, size]`
 * @param imaginary `[size, size]`, default 0. Two real planes can share a transform where what follows is linear and real, as a filter is
 */
export function fft2d(real: ArrayLike<number>, size: number, imaginary?: ArrayLike<number>): Complex {
  const im = imaginary ? Float64Array.from(imaginary) : new Float64Array(size * size);
  return transform2d({ re: Float64Array.from(real), im }, size, -1);
}

/** The inverse transform, scaled by 1 / size², of a spectrum whose DC stands first. The spectrum is left as it is. */
export function inverseComplexFft2d(spectrum: Complex, size: number): Complex {
  const { re, im } = transform2d({ re: spectrum.re.slice(), im: spectrum.im.slice() }, size, 1);
  const area = size * size;
  for (let i = 0; i < area; i++) {
    re[i]! /= area;
    im[i]! /= area;
  }
  return { re, im };
}

/** The real part of the inverse transform, so that `inverseFft2d(fft2d(x)) = x`. */
export const inverseFft2d = (spectrum: Complex, size: number): Float64Array<ArrayBuffer> =>
  inverseComplexFft2d(spectrum, size).re;
