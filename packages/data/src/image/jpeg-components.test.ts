import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import sharp from 'sharp';
import { encodeTestImage, testPixels } from '../testing/image-files.ts';
import { jpegComponents } from './jpeg-components.ts';

describe('jpegComponents', () => {
  it('tells grey, colour and CMYK JPEGs apart, baseline and progressive', async () => {
    const image = () => sharp(testPixels(9, 7, 0), { raw: { width: 9, height: 7, channels: 3 } });
    const jpegs = [
      image().toColourspace('b-w').jpeg(),
      image().jpeg(),
      image().jpeg({ progressive: true }).withMetadata({ orientation: 3 }),
      image().toColourspace('cmyk').jpeg(),
    ];
    const counts = await Promise.all(jpegs.map(async (jpeg) => jpegComponents(await jpeg.toBuffer())));
    expect(counts).toEqual([1, 3, 3, 4]);
  });

  it('gives nothing for other files', async () => {
    expect(jpegComponents(await encodeTestImage(4, 4, 0))).toBeUndefined();
    expect(jpegComponents(new Uint8Array(0))).toBeUndefined();
  });

  it('ends on any bytes', async () => {
    const jpeg = await encodeTestImage(8, 8, 0, 'jpeg');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(jpeg.length - 1), fc.nat(255))), fc.nat(jpeg.length), (changes, length) => {
        const bytes = Uint8Array.from(jpeg.subarray(0, length));
        for (const [at, value] of changes) bytes[at] = value;
        const count = jpegComponents(bytes);
        expect(count === undefined || count <= 255).toBe(true);
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        const count = jpegComponents(Uint8Array.of(0xff, 0xd8, 0xff, ...tail));
        expect(count === undefined || count <= 255).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
