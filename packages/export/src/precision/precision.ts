import { didYouMean, UserError } from '@mfm/cli';

/** The number format of a file's weights and activations. */
export type Precision = 'fp32' | 'fp16' | 'int8';

interface PrecisionRow {
  readonly description: string;
  /** Below these a file counts as damaged: share of images with the same most likely class, and cosine of every output. */
  readonly bounds?: { readonly agreement: number; readonly cosine: number };
}

/** Every precision by the name that `--precision` takes. */
export const PRECISIONS: Readonly<Record<Precision, PrecisionRow>> = {
  fp32: { description: 'float32' },
  fp16: {
    description: 'float16 with float32 Fourier transforms, softmax and normalisations; half the size',
    bounds: { agreement: 0.995, cosine: 0.9999 },
  },
  int8: {
    description: 'int8 weights and 8-bit activations, calibrated on images; a quarter of the size',
    bounds: { agreement: 0.98, cosine: 0.98 },
  },
};

const NAMES = Object.keys(PRECISIONS) as Precision[];

/** @throws UserError for a name that is none */
export function findPrecision(text: string): Precision {
  const found = NAMES.find((name) => name === text);
  if (found) return found;
  throw new UserError(`--precision: must be ${NAMES.join(', ')}, got "${text}"${didYouMean(text, NAMES)}`);
}
