import { describe, expect, it } from '@jest/globals';
import { encode } from 'fast-png';
import sharp, { type PngOptions } from 'sharp';
import { encodeTestImage } from '../testing/image-files.ts';
import { decodeMask } from './decode-mask.ts';

/** A grey PNG by libvips, which shares no code with the decoder. */
const greyPng = (values: number[], width: number, options: PngOptions = {}) =>
  sharp(Uint8Array.from(values), { raw: { width, height: values.length / width, channels: 1 } })
    .toColourspace('b-w')
    .png(options)
    .toBuffer();

describe('decodeMask', () => {
  it('gives the numbers of grey PNGs as they are, also interlaced ones', async () => {
    const values = [0, 1, 2, 149, 150, 255, 7, 8, 9, 10];
    for (const progressive of [false, true]) {
      const { values: read, width, height } = decodeMask(await greyPng(values, 5, { progressive }), 'm.png');
      expect([[...read], width, height]).toEqual([values, 5, 2]);
    }
  });

  it('gives palette indices, not colours', () => {
    const data = Uint8Array.from([0, 15, 20, 1, 255, 20]);
    const palette = Array.from({ length: 256 }, (_, i): [number, number, number] => [i ^ 0x55, 255 - i, (i * 7) & 255]);
    const png = encode({ width: 3, height: 2, data, depth: 8, channels: 1, palette });
    expect([...decodeMask(png, 'm.png').values]).toEqual([...data]);
  });

  it.each([1, 2, 4] as const)('unpacks %i bits a pixel, in rows that do not fill their last byte', (depth) => {
    const [width, height] = [11, 3];
    const values = Array.from({ length: width * height }, (_, i) => (i * 5 + 1) % 2 ** depth);
    const rowBytes = Math.ceil((width * depth) / 8);
    const data = new Uint8Array(rowBytes * height);
    values.forEach((value, i) => {
      const bit = (i % width) * depth;
      data[Math.floor(i / width) * rowBytes + (bit >> 3)]! |= value << (8 - depth - (bit & 7));
    });
    const palette = Array.from({ length: 2 ** depth }, (_, i): [number, number, number] => [i, 2 * i, 9]);
    const png = encode({ width, height, data, depth, channels: 1, palette });
    expect([...decodeMask(png, 'm.png').values]).toEqual(values);
  });

  it('keeps 16 bits', () => {
    const data = Uint16Array.from([0, 300, 65535, 1]);
    const png = encode({ width: 2, height: 2, data, depth: 16, channels: 1 });
    expect([...decodeMask(png, 'm.png').values]).toEqual([...data]);
  });

  it('refuses what has no exact numbers, naming the file', async () => {
    const jpeg = await encodeTestImage(4, 4, 1, 'jpeg');
    expect(() => decodeMask(jpeg, 'a/m.jpg')).toThrow(/must be a PNG.*got "a\/m\.jpg"/);
    const colour = await encodeTestImage(4, 4, 1);
    expect(() => decodeMask(colour, 'm.png')).toThrow(/"m\.png" with 3 channels/);
    const grey = await greyPng([1, 2, 3, 4], 2);
    expect(() => decodeMask(grey.subarray(0, grey.length - 20), 'm.png')).toThrow(/"m\.png"/);
    grey[45]! ^= 0xff;
    expect(() => decodeMask(grey, 'm.png')).toThrow(/"m\.png"/);
  });
});
