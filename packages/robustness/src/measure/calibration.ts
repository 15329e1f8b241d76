import type { CalibrationBin } from '../evaluate/suite-document.ts';

/** Bins of equal width, as in most publications. */
export const CALIBRATION_BINS = 15;

/**
 * Sorts predictions into bins of equal width by confidence: bin b holds (b / bins, (b + 1) / bins].
 *
 * @param confidence probability of the predicted class `[N]`
 * @param right 1 where the prediction is right `[N]`
 */
export function calibrationBins(
  confidence: Float32Array,
  right: Uint8Array,
  bins = CALIBRATION_BINS,
): CalibrationBin[] {
  const sums = Array.from({ length: bins }, () => ({ images: 0, confidence: 0, accuracy: 0 }));
  for (const [i, value] of confidence.entries()) {
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(value * bins) - 1))]!;
    bin.images++;
    bin.confidence += value;
    bin.accuracy += right[i]!;
  }
  return sums.map(({ images, confidence: sum, accuracy }, b) => ({
    ...{ low: b / bins, high: (b + 1) / bins, images },
    confidence: images ? sum / images : 0,
    accuracy: images ? accuracy / images : 0,
  }));
}

/** Expected calibration error (Guo et al. 2017, equation 3): mean of |accuracy − confidence| over bins, weighted by their images. */
export function expectedCalibrationError(bins: readonly CalibrationBin[]): number {
  const total = bins.reduce((sum, { images }) => sum + images, 0);
  return bins.reduce(
    (sum, { images, confidence, accuracy }) => sum + (images / total) * Math.abs(accuracy - confidence),
    0,
  );
}
