import type { Image } from '../image/image.ts';
import { lookUp, table } from './lookup-table.ts';

/** How often each byte occurs in a channel of `[…, 3]` pixels. */
function histogram(pixels: Uint8Array, channel: number): Uint32Array {
  const counts = new Uint32Array(256);
  for (let p = channel; p < pixels.length; p += 3) counts[pixels[p]!]!++;
  return counts;
}

function lookUpByHistogram(pixels: Uint8Array, tableOf: (counts: Uint32Array) => Uint8Array): void {
  lookUp(pixels, [tableOf(histogram(pixels, 0)), tableOf(histogram(pixels, 1)), tableOf(histogram(pixels, 2))]);
}

/** Stretches each channel to 0 … 255 in place: Pillow's `ImageOps.autocontrast`. */
export function autoContrast({ pixels }: Image): void {
  lookUpByHistogram(pixels, (counts) => {
    const low = counts.findIndex((n) => n > 0);
    const high = counts.findLastIndex((n) => n > 0);
    if (high <= low) return table((v) => v);
    const scale = 255 / (high - low);
    const offset = -low * scale;
    return table((v) => v * scale + offset);
  });
}

/** Equalises each channel's histogram in place: Pillow's `ImageOps.equalize`. */
export function equalise({ pixels }: Image): void {
  lookUpByHistogram(pixels, (counts) => {
    const last = counts.findLastIndex((n) => n > 0);
    const step = Math.floor((pixels.length / 3 - counts[last]!) / 255);
    if (step === 0) return table((v) => v);
    let sum = Math.floor(step / 2);
    return table((v) => {
      const value = Math.floor(sum / step);
      sum += counts[v]!;
      return value;
    });
  });
}
