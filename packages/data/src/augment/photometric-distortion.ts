import type { Random } from '../random/random.ts';

/** Ranges of the distortion; mmsegmentation's defaults are {@link PHOTOMETRIC}. */
export interface Photometric {
  /** Largest change of brightness, of 255. */
  brightness: number;
  /** Range of the contrast's and the saturation's factor. */
  contrast: readonly [number, number];
  saturation: readonly [number, number];
  /** Largest change of hue in degrees. */
  hue: number;
}

export const PHOTOMETRIC: Photometric = { brightness: 32, contrast: [0.5, 1.5], saturation: [0.5, 1.5], hue: 36 };

const clamp = (value: number): number => Math.min(255, Math.max(0, value));

/** Multiplies and shifts every value, through a table of the 256 there are. */
function scaleValues(pixels: Uint8Array, factor: number, shift: number): void {
  const table = Uint8Array.from({ length: 256 }, (_, value) => clamp(Math.round(factor * value + shift)));
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[pixels[i]!]!;
}

/** Multiplies the saturation and turns the hue of every pixel, in HSV. */
function changeColour(pixels: Uint8Array, saturation: number, degrees: number): void {
  const turn = degrees / 60;
  for (let p = 0; p < pixels.length; p += 3) {
    const [r, g, b] = [pixels[p]!, pixels[p + 1]!, pixels[p + 2]!];
    const value = Math.max(r, g, b);
    const chroma = value - Math.min(r, g, b);
    if (chroma === 0) continue;
    const sector = value === r ? (g - b) / chroma : value === g ? (b - r) / chroma + 2 : (r - g) / chroma + 4;
    // Saturation is chroma / value, at most 1.
    const more = Math.min(value, chroma * saturation);
    for (let c = 0; c < 3; c++) {
      // Red, green and blue at sector 5, 3 and 1 ahead (Smith 1978).
      const k = (((sector + turn + 5 - 2 * c) % 6) + 6) % 6;
      pixels[p + c] = Math.round(value - more * Math.max(0, Math.min(k, 4 - k, 1)));
    }
  }
}

/**
 * Changes brightness, contrast, saturation and hue, each with probability ½: contrast second or last, one as often as the other. As
 * mmsegmentation's PhotoMetricDistortion (Howard 2013, by way of SSD), with saturation and hue in floating point where OpenCV's HSV has 8 bits.
 *
 * @param pixels uint8 `[…, 3]`, changed in place
 */
export function distortColours(pixels: Uint8Array, ranges: Photometric, random: Random): void {
  const happens = () => random.uniform() < 0.5;
  const changeContrast = () => {
    if (happens()) scaleValues(pixels, random.uniform(...ranges.contrast), 0);
  };
  if (happens()) scaleValues(pixels, 1, random.uniform(-ranges.brightness, ranges.brightness));
  const contrastFirst = happens();
  if (contrastFirst) changeContrast();
  const saturation = happens() ? random.uniform(...ranges.saturation) : 1;
  const hue = happens() ? random.uniform(-ranges.hue, ranges.hue) : 0;
  if (saturation !== 1 || hue !== 0) changeColour(pixels, saturation, hue);
  if (!contrastFirst) changeContrast();
}
