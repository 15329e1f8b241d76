/** Interpolation kernels by name, as PIL defines them. */
export type ResampleFilter = 'bicubic' | 'bilinear' | 'box';

interface Kernel {
  /** Half width of the kernel in source pixels when enlarging. */
  support: number;
  weight(x: number): number;
}

const KERNELS: Record<ResampleFilter, Kernel> = {
  bicubic: {
    support: 2,
    // Keys' cubic with a = −0.5 (PIL, MATLAB); torch and OpenCV use −0.75.
    weight(x) {
      const t = Math.abs(x);
      if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
      return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
    },
  },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  // Half open, as PIL's: a source pixel on the border of two outputs belongs to one of them.
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
};

/** For each output position: where its taps start, how many there are, and their fixed-point weights. */
export interface Taps {
  /** First source index of each output position. */
  start: Int32Array;
  count: Int32Array;
  /** `[positions, stride]`, scaled by 2^PRECISION. */
  weights: Int32Array;
  stride: number;
}

/** Fractional bits of the weights: 8-bit pixels and 2 bits of head room in an int32 sum, as PIL's `PRECISION_BITS`. */
export const PRECISION = 22;
const ONE = 2 ** PRECISION;

/**
 * Weights of an antialiased 1-D resize from `inSize` to `outSize` for the output positions `from … from + length − 1`.
 * Port of Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc` (src/libImaging/Resample.c).
 */
export function resampleTaps(
  filter: ResampleFilter,
  inSize: number,
  outSize: number,
  from: number,
  length: number,
): Taps {
  const { support: unitSupport, weight } = KERNELS[filter];
  const scale = inSize / outSize;
  // Shrinking widens the kernel: that is the antialiasing.
  const filterScale = Math.max(scale, 1);
  const support = unitSupport * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const start = new Int32Array(length);
  const count = new Int32Array(length);
  const weights = new Int32Array(length * stride);
  const row = new Float64Array(stride);
  for (let i = 0; i < length; i++) {
    const center = (from + i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const last = Math.min(inSize, Math.trunc(center + support + 0.5));
    let sum = 0;
    for (let x = first; x < last; x++) {
      const w = weight((x - center + 0.5) / filterScale);
      row[x - first] = w;
      sum += w;
    }
    start[i] = first;
    count[i] = last - first;
    for (let x = 0, o = i * stride; x < last - first; x++, o++) {
      const normalised = row[x]! / sum;
      // Stored as int32: what follows the point is cut off.
      weights[o] = normalised * ONE + (normalised < 0 ? -0.5 : 0.5);
    }
  }
  return { start, count, weights, stride };
}
