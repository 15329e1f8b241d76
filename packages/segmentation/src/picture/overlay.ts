import { type Colour, type Image, NO_CLASS } from '@mfm/data';

/** Share of the class's colour in a pixel. */
const OPACITY = 0.6;

/**
 * An image with its classes' colours laid over it; pixels without a class stay as they are.
 *
 * @param mask class of every pixel, or 255
 * @returns uint8 `[height, width, 3]`
 */
export function overlayMask({ pixels }: Image, mask: Uint8Array, palette: readonly Colour[]): Uint8Array {
  const out = Uint8Array.from(pixels);
  mask.forEach((label, i) => {
    if (label === NO_CLASS) return;
    const colour = palette[label]!;
    for (let c = 0; c < 3; c++) out[3 * i + c] = Math.round((1 - OPACITY) * pixels[3 * i + c]! + OPACITY * colour[c]!);
  });
  return out;
}
