import { describe, expect, it } from '@jest/globals';
import { samplePictures } from './sample-pictures.ts';

const SIDE = 16;
const pictures = samplePictures(SIDE);

const contrast = (pixels: Uint8ClampedArray) => {
  const values = [...pixels].filter((_, i) => i % 4 < 3);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};

describe('samplePictures', () => {
  it('are always the same, of different names and contents, and show something', () => {
    expect(samplePictures(SIDE)).toEqual(pictures);
    expect(new Set(pictures.map(({ name }) => name)).size).toBe(pictures.length);
    expect(new Set(pictures.map(({ pixels }) => pixels.join())).size).toBe(pictures.length);
    for (const { pixels } of pictures) expect(contrast(pixels)).toBeGreaterThan(15);
  });

  it('are opaque', () => {
    for (const { pixels } of pictures) expect([...pixels].every((value, i) => i % 4 < 3 || value === 255)).toBe(true);
  });
});
