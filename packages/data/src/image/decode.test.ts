import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import sharp from 'sharp';
import { encodeTestImage, testPixels } from '../testing/image-files.ts';
import { decodeImage } from './decode.ts';

const CMYK: { cases: { width: number; height: number; jpeg: string; bytes: string }[] } = JSON.parse(
  readFileSync(new URL('./cmyk-jpeg.golden.json', import.meta.url), 'utf8'),
);

describe('decodeImage', () => {
  it('gives the pixels of a lossless image', async () => {
    const image = await decodeImage(await encodeTestImage(13, 7, 5), 'a.png');
    expect([image.width, image.height]).toEqual([13, 7]);
    expect(new Uint8Array(image.pixels)).toEqual(testPixels(13, 7, 5));
  });

  it.each([
    [
      'grey',
      () =>
        sharp(Buffer.from([9, 200]), { raw: { width: 2, height: 1, channels: 1 } })
          .toColourspace('b-w')
          .png(),
    ],
    // Alpha is dropped, not blended: even fully transparent pixels keep their colour.
    [
      'transparent',
      () => sharp(Buffer.from([9, 9, 9, 0, 200, 200, 200, 128]), { raw: { width: 2, height: 1, channels: 4 } }).png(),
    ],
  ])('makes RGB of a %s image', async (_, make) => {
    const { pixels } = await decodeImage(await make().toBuffer(), 'a.png');
    expect([...pixels]).toEqual([9, 9, 9, 200, 200, 200]);
  });

  it.each(CMYK.cases)('converts a CMYK JPEG, $width×$height, as Pillow does', async ({ jpeg, bytes, ...size }) => {
    const { pixels, ...rest } = await decodeImage(Buffer.from(jpeg, 'base64'), 'a.jpg');
    expect(rest).toEqual(size);
    expect([...pixels]).toEqual([...Buffer.from(bytes, 'base64')]);
  });

  it('does not turn the image by its EXIF orientation', async () => {
    const turned = await sharp(testPixels(6, 4, 0), { raw: { width: 6, height: 4, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect(await decodeImage(turned, 'a.jpg')).toMatchObject({ width: 6, height: 4 });
  });

  it('names a damaged or truncated file', async () => {
    const jpeg = await encodeTestImage(64, 64, 1, 'jpeg');
    const broken = [Buffer.from('no image'), Buffer.alloc(0), jpeg.subarray(0, jpeg.length >> 1)];
    for (const bytes of broken) {
      const decoding = decodeImage(bytes, 'cats/7.jpg');
      await expect(decoding).rejects.toThrow(UserError);
      await expect(decoding).rejects.toThrow('every image must be decodable, got "cats/7.jpg" (');
    }
  });
});
