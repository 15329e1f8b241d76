import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { imageFromRgba, normalise, rgbaFromImage, spectrumPictures } from './pixels.ts';

describe('imageFromRgba and rgbaFromImage', () => {
  it('are each other’s inverse on every byte', () => {
    fc.assert(
      fc.property(fc.uint8ClampedArray({ minLength: 12, maxLength: 12 }), (colours) => {
        const rgba = Uint8ClampedArray.from({ length: 16 }, (_, i) => (i % 4 === 3 ? 255 : colours[i - (i >> 2)]!));
        expect([...rgbaFromImage(imageFromRgba(rgba))]).toEqual([...rgba]);
      }),
    );
  });

  it('puts channels into planes, and cuts off what no screen shows', () => {
    expect([...imageFromRgba(Uint8ClampedArray.of(255, 0, 51, 9, 0, 255, 0, 9))]).toBeAllclose([1, 0, 0, 1, 0.2, 0]);
    expect([...rgbaFromImage(Float32Array.of(-1, 0.5, 2))]).toEqual([0, 128, 255, 255]);
  });
});

describe('normalise', () => {
  it('goes channel by channel', () => {
    const image = Float32Array.of(1, 0, 1, 0, 1, 0);
    const normalized = normalise(image, { mean: [0.5, 0, 1], std: [0.5, 1, 0.25] });
    expect([...normalized]).toEqual([1, -1, 1, 0, 0, -4]);
  });
});

describe('spectrumPictures', () => {
  it('draws all on the scale of the first', () => {
    const amplitude = (a: number, b: number) => Float32Array.of(a, b, a, b, a, b);
    const [first, second] = spectrumPictures([
      amplitude(0, (Math.E ** 2 - 1) / 500),
      amplitude((Math.E - 1) / 500, 1e9),
    ]);
    expect([...first!]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
    expect([...second!]).toEqual([128, 128, 128, 255, 255, 255, 255, 255]);
  });

  it('shows nothing where there is nothing', () => {
    expect([...spectrumPictures([new Float32Array(3)])[0]!]).toEqual([0, 0, 0, 255]);
  });
});
