import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import sharp from 'sharp';
import { encodeTestImage, testPixels } from '../testing/image-files.ts';
import { jpegHeader } from './jpeg-header.ts';

describe('jpegHeader', () => {
  it('tells the size, and grey, colour and CMYK JPEGs apart, baseline and progressive', async () => {
    const image = () => sharp(testPixels(9, 7, 0), { raw: { width: 9, height: 7, channels: 3 } });
    const jpegs = [
      image().toColourspace('b-w').jpeg(),
      image().jpeg(),
      image().jpeg({ progressive: true }).withMetadata({ orientation: 3 }),
      image().toColourspace('cmyk').jpeg(),
    ];
    const headers = await Promise.all(jpegs.map(async (jpeg) => jpegHeader(await jpeg.toBuffer())));
    expect(headers).toEqual([1, 3, 3, 4].map((components) => ({ precision: 8, width: 9, height: 7, components })));
  });

  it('gives nothing for other files', async () => {
    expect(jpegHeader(await encodeTestImage(4, 4, 0))).toBeUndefined();
    expect(jpegHeader(new Uint8Array(0))).toBeUndefined();
  });

  it('ends on any bytes', async () => {
    const jpeg = await encodeTestImage(8, 8, 0, 'jpeg');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(jpeg.length - 1), fc.nat(255))), fc.nat(jpeg.length), (changes, length) => {
        const bytes = Uint8Array.from(jpeg.subarray(0, length));
        for (const [at, value] of changes) bytes[at] = value;
        expect(jpegHeader(bytes)?.components ?? 0).toBeLessThanOrEqual(255);
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        expect(jpegHeader(Uint8Array.of(0xff, 0xd8, 0xff, ...tail))?.components ?? 0).toBeLessThanOrEqual(255);
      }),
      { numRuns: 1000 },
    );
  });
});
