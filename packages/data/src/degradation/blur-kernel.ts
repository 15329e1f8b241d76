import { UserError } from '@mfm/cli';
import { besselJ1 } from './bessel.ts';

/** Families of blur kernels: Gaussian, generalised Gaussian and plateau, each round or elliptic, and the low-pass sinc. */
export type KernelFamily =
  | 'iso'
  | 'aniso'
  | 'generalized_iso'
  | 'generalized_aniso'
  | 'plateau_iso'
  | 'plateau_aniso'
  | 'sinc';

/** One blur kernel. */
export type BlurKernelOptions =
  | {
      readonly family: Exclude<KernelFamily, 'sinc'>;
      /** Side in pixels, odd. */
      readonly size: number;
      /** Standard deviation in pixels: along the first axis, and of the round families. */
      readonly sigmaX: number;
      /** Along the second axis; elliptic families only. Default `sigmaX`. */
      readonly sigmaY?: number;
      /** Turn of the axes in radians; elliptic families only. Default 0. */
      readonly angle?: number;
      /** Exponent of generalised and plateau families; 1 is Gaussian or 1 / (1 + q). Default 1. */
      readonly beta?: number;
    }
  | {
      readonly family: 'sinc';
      /** Side in pixels, odd. */
      readonly size: number;
      /** Cut-off in radians per pixel, in (0, π]. */
      readonly omega: number;
    };

/** Value at squared Mahalanobis distance q from the centre. */
type Profile = (q: number, beta: number) => number;

const gaussian: Profile = (q) => Math.exp(-0.5 * q);
const generalized: Profile = (q, beta) => Math.exp(-0.5 * q ** beta);
const plateau: Profile = (q, beta) => 1 / (q ** beta + 1);

const FAMILIES: Readonly<Record<Exclude<KernelFamily, 'sinc'>, { profile: Profile; round: boolean }>> = {
  iso: { profile: gaussian, round: true },
  aniso: { profile: gaussian, round: false },
  generalized_iso: { profile: generalized, round: true },
  generalized_aniso: { profile: generalized, round: false },
  plateau_iso: { profile: plateau, round: true },
  plateau_aniso: { profile: plateau, round: false },
};

/** Names of all families. */
export const KERNEL_FAMILIES = [...Object.keys(FAMILIES), 'sinc'] as readonly KernelFamily[];

const { fround } = Math;

/** [[xx, xy], [yx, yy]] */
interface Matrix {
  readonly xx: number;
  readonly xy: number;
  readonly yx: number;
  readonly yy: number;
}

/**
 * R diag(σx², σy²) Rᵀ in float32, each second product added without rounding, as the matrix libraries under the official code
 * do. So it is not quite symmetric.
 */
function covariance(sigmaX: number, sigmaY: number, angle: number): Matrix {
  const [x, y] = [fround(sigmaX ** 2), fround(sigmaY ** 2)];
  const [cos, sin] = [fround(Math.cos(angle)), fround(Math.sin(angle))];
  const [xCos, xSin, ySin, yCos] = [fround(x * cos), fround(x * sin), fround(y * sin), fround(y * cos)];
  return {
    xx: fround(fround(cos * xCos) + sin * ySin),
    xy: fround(fround(cos * xSin) - sin * yCos),
    yx: fround(fround(sin * xCos) - cos * ySin),
    yy: fround(fround(sin * xSin) + cos * yCos),
  };
}

/** NumPy inverts float32 matrices in float64, and rounds the result. */
function inverse({ xx, xy, yx, yy }: Matrix): Matrix {
  const determinant = xx * yy - xy * yx;
  return {
    xx: fround(yy / determinant),
    xy: fround(-xy / determinant),
    yx: fround(-yx / determinant),
    yy: fround(xx / determinant),
  };
}

/** Fills a kernel from a function of the distances to its centre in pixels, and scales it to sum 1. */
function fill(size: number, value: (x: number, y: number) => number): Float64Array {
  const radius = (size - 1) / 2;
  const kernel = Float64Array.from({ length: size * size }, (_, i) =>
    value((i % size) - radius, Math.floor(i / size) - radius),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  return kernel.map((weight) => weight / sum);
}

/** Ideal circular low-pass filter: ω J₁(ωr) / 2πr, cut off by the kernel's square. */
function sincKernel(size: number, omega: number): Float64Array {
  // A square has few distinct distances, and the Bessel function is what costs.
  const known = new Map<number, number>([[0, omega ** 2 / (4 * Math.PI)]]);
  return fill(size, (x, y) => {
    const square = x * x + y * y;
    let value = known.get(square);
    if (value === undefined) {
      const r = Math.sqrt(square);
      value = (omega * besselJ1(omega * r)) / (2 * Math.PI * r);
      known.set(square, value);
    }
    return value;
  });
}

/**
 * Makes a blur kernel as the official code does: in float64, but from a covariance matrix and inverse in float32.
 *
 * @returns float64 `[size, size]`, row = y, sum 1; symmetric about its centre
 * @throws UserError for an even size, or a width or cut-off that is not positive
 */
export function blurKernel(options: BlurKernelOptions): Float64Array {
  const { size } = options;
  if (!Number.isInteger(size) || size < 1 || size % 2 === 0) {
    throw new UserError(`blurKernel: size must be an odd number of pixels, got ${size}.`);
  }
  if (options.family === 'sinc') {
    if (options.omega > 0) return sincKernel(size, options.omega);
    throw new UserError(`blurKernel: omega must be above 0, got ${options.omega}.`);
  }
  const { sigmaX, sigmaY = sigmaX, angle = 0, beta = 1, family } = options;
  if (!(sigmaX > 0 && sigmaY > 0)) {
    throw new UserError(`blurKernel: sigmaX and sigmaY must be above 0, got ${sigmaX} and ${sigmaY}.`);
  }
  const { profile, round } = FAMILIES[family];
  const { xx, xy, yx, yy } = inverse(round ? covariance(sigmaX, sigmaX, 0) : covariance(sigmaX, sigmaY, angle));
  return fill(size, (x, y) => profile((x * xx + y * yx) * x + (x * xy + y * yy) * y, beta));
}
