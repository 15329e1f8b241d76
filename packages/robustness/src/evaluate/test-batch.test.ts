import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type PixelBatch, toImages, toPixels } from './test-batch.ts';

const keys = { labels: Int32Array.of(3, 1), indices: Int32Array.of(7, 9), measured: { norm: Float32Array.of(1, 2) } };

describe('toImages and toPixels', () => {
  it('move bytes to planes in [0, 1]', () => {
    const pixels = Uint8Array.of(0, 51, 102, 153, 204, 255, 255, 0, 51, 1, 2, 3);
    const batch = toImages({ kind: 'pixels', pixels, shape: [2, 1, 2, 3], ...keys });
    expect(batch.shape).toEqual([2, 3, 1, 2]);
    expect(batch).toMatchObject(keys);
    const expected = [0, 0.6, 0.2, 0.8, 0.4, 1, 1, 1 / 255, 0, 2 / 255, 0.2, 3 / 255];
    expect([...batch.images]).toBeAllclose(expected);
  });

  it('are inverse on bytes, and the second rounds and clamps', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 36, maxLength: 36 }), (pixels) => {
        const batch: PixelBatch = { kind: 'pixels', pixels, shape: [2, 3, 2, 3], ...keys };
        expect(toPixels(toImages(batch))).toEqual(batch);
      }),
      { numRuns: 50 },
    );
    const images = Float32Array.of(-0.5, 1.2, 0.4 / 255);
    const { pixels } = toPixels({ kind: 'images', images, shape: [1, 3, 1, 1], ...keys });
    expect([...pixels]).toEqual([0, 255, 0]);
  });
});
