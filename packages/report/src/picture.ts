import sharp from 'sharp';

/** Side in pixels of the PNGs: small pictures are enlarged without smoothing, so that their pixels stay visible. */
const SHOWN_SIDE = 128;

/** A PNG as a data URI, of uint8 `[side, side, 3]`. */
async function toDataUri(pixels: Uint8Array, side: number, shown = Math.max(side, SHOWN_SIDE)): Promise<string> {
  const image = sharp(pixels, { raw: { width: side, height: side, channels: 3 } });
  const kernel = shown < side ? 'lanczos3' : 'nearest';
  const png = await image.resize(shown, shown, { kernel }).png({ palette: true, effort: 7 }).toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}

/**
 * A picture as a PNG in a data URI.
 *
 * @param planes `[3, side, side]` in [0, 1], clamped
 * @param shown side of the PNG in pixels, default the picture's own, at least 128
 */
export function drawImage(planes: ArrayLike<number>, side: number, shown?: number): Promise<string> {
  const size = side * side;
  const pixels = new Uint8Array(3 * size);
  for (let i = 0; i < pixels.length; i++) {
    const value = planes[(i % 3) * size + Math.floor(i / 3)]!;
    pixels[i] = Math.round(255 * Math.min(1, Math.max(0, value)));
  }
  return toDataUri(pixels, side, shown);
}

/**
 * A picture of any shape as a PNG in a data URI.
 *
 * @param pixels uint8 `[height, width, 3]`
 * @param longest side of the PNG in pixels that the longer side is brought to
 */
export async function drawPixels(pixels: Uint8Array, width: number, height: number, longest: number): Promise<string> {
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  const kernel = longest < Math.max(width, height) ? 'lanczos3' : 'nearest';
  const size = width >= height ? { width: longest } : { height: longest };
  const png = await image
    .resize({ ...size, kernel })
    .png({ palette: true, effort: 7 })
    .toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}

/** Colours from nothing to strong, evenly brighter, also in grey and to colour-blind readers: dark blue, violet, orange, pale yellow. */
export const RAMP: readonly (readonly [number, number, number])[] = [
  [8, 10, 30],
  [70, 20, 110],
  [180, 45, 95],
  [245, 130, 40],
  [252, 250, 190],
];

/** The ramp's colour, 0 … 255 each, of a value in [0, 1]. */
export function rampColour(value: number): [number, number, number] {
  const place = Math.min(1, Math.max(0, value)) * (RAMP.length - 1);
  const index = Math.min(RAMP.length - 2, Math.floor(place));
  const [low, high] = [RAMP[index]!, RAMP[index + 1]!];
  return [0, 1, 2].map((c) => low[c]! + (place - index) * (high[c]! - low[c]!)) as [number, number, number];
}

/**
 * A map of values as a PNG in a data URI, in the colours of {@link RAMP}.
 *
 * @param values `[side, side]` in [0, 1], clamped
 * @param shown side of the PNG in pixels, default the map's own, at least 128
 */
export function drawMap(values: ArrayLike<number>, side: number, shown?: number): Promise<string> {
  const pixels = new Uint8Array(3 * side * side);
  for (let i = 0; i < side * side; i++) pixels.set(rampColour(values[i]!).map(Math.round), 3 * i);
  return toDataUri(pixels, side, shown);
}
