import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import fc from 'fast-check';
import sharp from 'sharp';
import { jpegRoundTrip } from './round-trip.ts';

/** libjpeg(-turbo's arithmetic in mozjpeg), an implementation of its own. */
async function throughLibjpeg(pixels: Uint8Array, width: number, height: number, quality: number) {
  const file = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: '4:2:0' })
    .toBuffer();
  return sharp(file).raw().toBuffer();
}

describe('jpegRoundTrip', () => {
  it('equals libjpeg byte for byte, whatever the size, quality and content', async () => {
    const side = fc.integer({ min: 1, max: 40 });
    const inputs = fc.record({ width: side, height: side, quality: fc.integer({ min: 1, max: 100 }), seed: fc.nat() });
    await fc.assert(
      fc.asyncProperty(inputs, async ({ width, height, quality, seed }) => {
        const random = createRandom(seed);
        const roughness = random.uniform(0, 255);
        const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
          Math.max(0, Math.min(255, 128 + 90 * Math.sin(i / 40 + (i % 3)) + random.uniform(-roughness, roughness))),
        );
        const out = jpegRoundTrip({ pixels, width, height }, quality);
        expect(Buffer.from(out).equals(await throughLibjpeg(pixels, width, height, quality))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
