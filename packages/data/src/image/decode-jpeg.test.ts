import { describe, expect, it } from '@jest/globals';
import sharp, { type JpegOptions } from 'sharp';
import { encodeTestImage } from '../testing/image-files.ts';
import { decodeJpeg } from './decode-jpeg.ts';

/** A smooth image with noise: chroma that subsampling blurs, edges that overshoot. */
function encode(width: number, height: number, options: JpegOptions): Promise<Buffer> {
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return 128 + 120 * Math.sin(x / 5 + (i % 3)) * Math.cos(y / 4) + (Math.imul(i, 40503) & 31) - 16;
  });
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg(options)
    .toBuffer();
}

describe('decodeJpeg', () => {
  it.each<[string, number, number, JpegOptions]>([
    ['4:2:0', 61, 45, {}],
    ['4:4:4', 48, 32, { chromaSubsampling: '4:4:4', quality: 95 }],
    ['progressive', 37, 70, { progressive: true, quality: 60 }],
    ['optimised tables', 33, 17, { mozjpeg: true }],
    ['coarse', 129, 1, { quality: 5 }],
    ['one pixel', 1, 1, {}],
  ])('gives the pixels that sharp gives: %s', async (_, width, height, options) => {
    const encoded = await encode(width, height, options);
    const expected = await sharp(encoded).raw().toBuffer();
    const image = await decodeJpeg(encoded);
    expect(image).toMatchObject({ width, height });
    expect(Buffer.from(image!.pixels).equals(expected)).toBe(true);
  });

  it('gives nothing for a damaged file, and goes on', async () => {
    const [small, large] = [await encode(20, 20, {}), await encode(90, 80, {})];
    const first = await decodeJpeg(small);
    for (const damaged of [large.subarray(0, large.length >> 1), await encodeTestImage(8, 8, 0), new Uint8Array(0)]) {
      expect(await decodeJpeg(damaged)).toBeUndefined();
      expect(await decodeJpeg(small)).toEqual(first);
    }
  });
});
