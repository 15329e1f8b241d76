/** Hue, saturation, value, each in [0, 1]. */
export type Hsv = [hue: number, saturation: number, value: number];

/** Writes the HSV form of an RGB colour in [0, 1]; the order of operations is scikit-image's `rgb2hsv` (0.19). */
function rgbToHsv(r: number, g: number, b: number, out: Hsv): void {
  const value = Math.max(r, g, b);
  const delta = value - Math.min(r, g, b);
  out[2] = value;
  if (delta === 0) {
    out[0] = 0;
    out[1] = 0;
    return;
  }
  // Later branches win on ties, as the reference's successive assignments do.
  const sextant = b === value ? 4 + (r - g) / delta : g === value ? 2 + (b - r) / delta : (g - b) / delta;
  const turn = sextant / 6;
  out[0] = turn < 0 ? turn + 1 : turn;
  out[1] = delta / value;
}

/** The RGB byte (truncated) of each channel by sextant of hue: index into [v, p, q, t]. scikit-image's `hsv2rgb`. */
const SEXTANTS = [
  [0, 3, 1],
  [2, 0, 1],
  [1, 0, 3],
  [1, 2, 0],
  [3, 1, 0],
  [0, 1, 2],
] as const;

/**
 * Changes colours in HSV.
 *
 * @param pixels uint8 RGB, three values a pixel
 * @param change edits one colour in place and must leave saturation and value in [0, 1]
 * @returns uint8 RGB, truncated
 */
export function mapHsv(pixels: Uint8Array, change: (hsv: Hsv) => void): Uint8Array {
  const out = new Uint8Array(pixels.length);
  const hsv: Hsv = [0, 0, 0];
  const levels: [number, number, number, number] = [0, 0, 0, 0];
  for (let i = 0; i < pixels.length; i += 3) {
    rgbToHsv(pixels[i]! / 255, pixels[i + 1]! / 255, pixels[i + 2]! / 255, hsv);
    change(hsv);
    const [hue, saturation, value] = hsv;
    const sextant = Math.floor(hue * 6);
    const fraction = hue * 6 - sextant;
    levels[0] = value;
    levels[1] = value * (1 - saturation);
    levels[2] = value * (1 - fraction * saturation);
    levels[3] = value * (1 - (1 - fraction) * saturation);
    const order = SEXTANTS[sextant % 6]!;
    for (let c = 0; c < 3; c++) out[i + c] = Math.max(0, Math.min(levels[order[c]!]!, 1)) * 255;
  }
  return out;
}
