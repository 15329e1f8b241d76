import { describe, expect, it } from '@jest/globals';
import { createRandom, type Image } from '@mfm/data';
import { brightness } from './brightness.ts';
import { contrast } from './contrast.ts';
import { corruptImage, nearestTableSize } from './corrupt-image.ts';
import { SEVERITIES, TABLE_SIZES } from './corruption.ts';
import { CORRUPTIONS, findCorruption } from './corruption-table.ts';
import { pixelate } from './pixelate.ts';
import { saturate } from './saturate.ts';

/** Smooth colour waves with a little noise: both blurs and JPEG change it. */
function testImage(width: number, height: number): Image {
  const random = createRandom(7);
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const x = Math.floor(i / 3) % width;
    const y = Math.floor(i / 3 / width);
    return 110 + 60 * Math.sin(x / 3 + (i % 3)) * Math.cos(y / 5) + random.uniform(-30, 30);
  });
  return { pixels, width, height };
}

/** Small stand-ins for the textures of frost. */
const frostTextures = [40, 60, 80, 100, 120].map((side) => testImage(side, side + 10));

const distance = (a: Uint8Array, b: Uint8Array) =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);

/**
 * Where the reference's parameters start anew. Saturation goes down at severities 1 and 2, up from 3 on; zoom blur at 224 and
 * 299 px goes further in fewer steps at 3 and at 5.
 */
const RESTARTS: Record<string, readonly number[]> = { saturate: [2], zoom_blur: [2, 4] };

describe.each(CORRUPTIONS.map((corruption) => [corruption.name, corruption] as const))('%s', (name, corruption) => {
  it.each([
    [32, 32],
    [50, 33],
    [3, 5],
    [1, 1],
  ])('keeps the size of a %i×%i image, leaves the input as it is, and repeats itself', (width, height) => {
    const image = testImage(width, height);
    const before = image.pixels.slice();
    for (const severity of SEVERITIES) {
      const out = corruptImage(image, corruption, severity, { frostTextures });
      expect(out).toHaveLength(image.pixels.length);
      expect(Buffer.from(corruptImage(image, corruption, severity, { frostTextures })).equals(out)).toBe(true);
      const other = Buffer.from(corruptImage(image, corruption, severity, { frostTextures, sample: 1 }));
      if (width >= 32) expect(other.equals(out)).toBe(corruption.deterministic);
    }
    expect(Buffer.from(image.pixels).equals(before)).toBe(true);
  });

  it('departs further from the image with every severity', () => {
    for (const tableSize of TABLE_SIZES) {
      const image = testImage(Math.min(tableSize, 48), Math.min(tableSize, 48));
      const out = SEVERITIES.map((severity) => corruptImage(image, corruption, severity, { tableSize, frostTextures }));
      const distances = out.map((pixels) => distance(pixels, image.pixels));
      expect(Math.min(...distances)).toBeGreaterThan(0.5);
      // What is drawn weighs more than a step of severity.
      if (!corruption.deterministic && !name.endsWith('noise')) continue;
      const starts = tableSize >= 224 || name === 'saturate' ? (RESTARTS[name] ?? []) : [];
      const bounds = [0, ...starts, SEVERITIES.length];
      const runs = bounds.slice(1).map((end, i) => distances.slice(bounds[i], end));
      for (const run of runs) expect(run).toEqual(run.toSorted((a, b) => a - b));
    }
  });
});

describe('formulas', () => {
  const image = testImage(48, 40);

  it('brightness adds to the largest channel and keeps the channels’ ratios', () => {
    const out = corruptImage(image, brightness, 3, { tableSize: 224 });
    const expected = image.pixels.map((value, i) => {
      const at = i - (i % 3);
      const largest = Math.max(...image.pixels.subarray(at, at + 3)) / 255;
      return (value * Math.min(largest + 0.3, 1)) / largest;
    });
    expect(out).toBeAllclose(expected, { rtol: 0, atol: 1 });
    // Where value stays below 1 the largest channel moves by the amount, truncated.
    expect(corruptImage({ pixels: Uint8Array.of(100, 50, 0), width: 1, height: 1 }, brightness, 1)).toEqual(
      Uint8Array.of(112, 56, 0),
    );
  });

  it('saturate 1 leaves 30 % of the saturation', () => {
    const pixels = Uint8Array.of(200, 100, 0);
    // value 200, saturation 1 → 0.3: smallest channel 140, middle half-way.
    expect(corruptImage({ pixels, width: 1, height: 1 }, saturate, 1)).toBeAllclose([200, 170, 140], {
      rtol: 0,
      atol: 1,
    });
  });

  it('contrast scales about each channel’s mean and truncates', () => {
    const pixels = Uint8Array.of(0, 10, 20, 200, 30, 20);
    const out = corruptImage({ pixels, width: 2, height: 1 }, contrast, 1, { tableSize: 224 });
    // Means 100, 20, 20, factor 0.4.
    expect(Array.from(out)).toBeAllclose([60, 16, 20, 140, 24, 20], { rtol: 0, atol: 1 });
  });

  it('pixelate by a half averages 2×2 blocks', () => {
    const out = corruptImage(image, pixelate, 5, { tableSize: 64 });
    for (let y = 0; y < 40; y += 2) {
      for (let x = 0; x < 48; x += 2) {
        const corners = [0, 1, 48, 49].map((offset) => (y * 48 + x + offset) * 3);
        const mean = corners.reduce((sum, at) => sum + image.pixels[at]!, 0) / 4;
        // Rounded to bytes after each of the two passes.
        for (const at of corners) expect(Math.abs(out[at]! - mean)).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe('the table', () => {
  it('has unique names, four tables and five severities each', () => {
    expect(new Set(CORRUPTIONS.map(({ name }) => name)).size).toBe(CORRUPTIONS.length);
    for (const { severities } of CORRUPTIONS) {
      expect(Object.values(severities).map((row) => row.length)).toEqual([5, 5, 5, 5]);
    }
  });

  it('offers the nearest name', () => {
    expect(() => findCorruption('defocus_blurr')).toThrow(/got "defocus_blurr"\. Did you mean "defocus_blur"/);
  });

  it('is picked by the ratio to the shorter side', () => {
    const side = (length: number) => nearestTableSize({ width: length, height: length + 9 });
    expect([16, 32, 48, 96, 128, 224, 256, 299, 512].map(side)).toEqual([32, 32, 64, 64, 224, 224, 224, 299, 299]);
  });
});
