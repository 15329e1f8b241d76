import sharp from 'sharp';
import { type ComplexPlane, spectrumOf } from './dft.ts';

/** Side in pixels of the PNGs: small pictures are enlarged without smoothing, so that their pixels stay visible. */
const SHOWN_SIDE = 128;

/** A PNG as a data URI, of uint8 `[side, side, 3]`. */
async function toDataUri(pixels: Uint8Array, side: number): Promise<string> {
  const shown = Math.max(side, SHOWN_SIDE);
  const image = sharp(pixels, { raw: { width: side, height: side, channels: 3 } });
  const png = await image.resize(shown, shown, { kernel: 'nearest' }).png({ palette: true, effort: 7 }).toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}

/** A picture of `[3, side, side]` in [0, 1], clamped. */
export function drawImage(planes: ArrayLike<number>, side: number): Promise<string> {
  const size = side * side;
  const pixels = new Uint8Array(3 * size);
  for (let i = 0; i < pixels.length; i++) {
    const value = planes[(i % 3) * size + Math.floor(i / 3)]!;
    pixels[i] = Math.round(255 * Math.min(1, Math.max(0, value)));
  }
  return toDataUri(pixels, side);
}

const luminance = (planes: ArrayLike<number>, side: number): Float64Array => {
  const size = side * side;
  return Float64Array.from(
    { length: size },
    (_, i) => 0.299 * planes[i]! + 0.587 * planes[size + i]! + 0.114 * planes[2 * size + i]!,
  );
};

/** Colours of a spectrum from nothing to strong, evenly brighter: dark blue, violet, orange, pale yellow. */
const RAMP: readonly (readonly [number, number, number])[] = [
  [8, 10, 30],
  [70, 20, 110],
  [180, 45, 95],
  [245, 130, 40],
  [252, 250, 190],
];

function rampColour(value: number): [number, number, number] {
  const place = Math.min(1, Math.max(0, value)) * (RAMP.length - 1);
  const index = Math.min(RAMP.length - 2, Math.floor(place));
  const [low, high] = [RAMP[index]!, RAMP[index + 1]!];
  return [0, 1, 2].map((c) => low[c]! + (place - index) * (high[c]! - low[c]!)) as [number, number, number];
}

const magnitude = ({ re, im }: ComplexPlane) => re.map((value, i) => Math.hypot(value, im[i]!));

/** log(1 + |F|) of the luminance, DC at the centre, on one scale for all pictures of a side, so that they can be compared. */
export function drawSpectrum(planes: ArrayLike<number>, side: number): Promise<string> {
  const strength = magnitude(spectrumOf(luminance(planes, side), side));
  // A plane of ones has |F(0)| = side²; nothing can be stronger.
  const scale = Math.log1p(side * side);
  const pixels = new Uint8Array(3 * side * side);
  strength.forEach((value, i) => {
    pixels.set(rampColour(Math.log1p(value) / scale).map(Math.round), 3 * i);
  });
  return toDataUri(pixels, side);
}
