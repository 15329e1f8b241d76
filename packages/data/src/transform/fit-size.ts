/** The size that images are brought to, keeping their ratio: as large as fits both. */
export interface FitSize {
  /** Most pixels of the shorter side. */
  short: number;
  /** Most pixels of the longer side. */
  long: number;
}

/**
 * The size of an image scaled to fit, as mmsegmentation's `Resize(scale, keep_ratio)`.
 *
 * @param fit undefined leaves the image's own size
 * @param ratio multiplies it
 */
export function fittedSize(
  width: number,
  height: number,
  fit: FitSize | undefined,
  ratio = 1,
): { width: number; height: number } {
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const scale = ratio * (fit ? Math.min(fit.short / short, fit.long / long) : 1);
  const scaled = (length: number) => Math.max(1, Math.floor(length * scale + 0.5));
  return { width: scaled(width), height: scaled(height) };
}
