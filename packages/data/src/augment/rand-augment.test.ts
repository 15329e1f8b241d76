import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { createRandom } from '../random/random.ts';
import { goldenDraws, goldenImage } from '../testing/golden-image.ts';
import { parseRandAugment } from './parse-rand-augment.ts';
import { type AugmentSettings, randAugment } from './rand-augment.ts';

interface PolicyCase {
  config: string;
  interpolation: AugmentSettings['interpolation'];
  seed: number;
  sha256: string;
}

const GOLDEN: { policies: PolicyCase[] } = JSON.parse(
  readFileSync(new URL('./golden/policies.golden.json', import.meta.url), 'utf8'),
);

const FILL = [124, 116, 104] as const;
const sha256 = (pixels: Uint8Array) => createHash('sha256').update(pixels).digest('hex');
const SETTINGS = { interpolation: 'bicubic', fill: FILL } as const;

describe('randAugment', () => {
  it.each(GOLDEN.policies)('$config, $interpolation: draw $seed gives the image of timm', (golden) => {
    const image = goldenImage(golden.seed % 2 ? 'noise' : 'waves', 32, 32);
    const settings = { interpolation: golden.interpolation, fill: FILL };
    randAugment(image, parseRandAugment(golden.config), settings, goldenDraws(golden.seed));
    expect(sha256(image.pixels)).toBe(golden.sha256);
  });

  it('leaves a quarter of the images alone, and is a function of its stream', () => {
    const options = parseRandAugment('rand-m9-mstd0.5-inc1');
    const original = goldenImage('noise', 8, 8).pixels;
    let unchanged = 0;
    for (let sample = 0; sample < 400; sample++) {
      const [first, again] = [goldenImage('noise', 8, 8), goldenImage('noise', 8, 8)];
      randAugment(first, options, SETTINGS, createRandom(1, 0, sample));
      randAugment(again, options, SETTINGS, createRandom(1, 0, sample));
      expect(first.pixels).toEqual(again.pixels);
      if (sha256(first.pixels) === sha256(original)) unchanged++;
    }
    // Neither of two operations with probability ½ each: 100 of 400, standard deviation 9; a few operations change nothing here.
    expect(unchanged).toBeGreaterThan(65);
    expect(unchanged).toBeLessThan(160);
  });

  it('draws by weight without replacement, and never what has no weight', () => {
    const options = parseRandAugment('rand-m10-n20-w0');
    const image = goldenImage('noise', 8, 8);
    const inverted = sha256(image.pixels.map((v) => 255 - v));
    let warps = 0;
    for (let sample = 0; sample < 300; sample++) {
      const single = goldenImage('noise', 8, 8);
      randAugment(single, { ...options, numLayers: 1 }, SETTINGS, createRandom(2, 0, sample));
      expect(sha256(single.pixels)).not.toBe(inverted);
      // Only warps bring in the colour of outside.
      if (single.pixels[0] === FILL[0] || single.pixels.at(-1) === FILL[2]) warps++;
    }
    // 90 % of the weight is on warps, half of the draws are applied.
    expect(warps).toBeGreaterThan(75);
    // However many layers: 13 draws of an operation, then 13 decisions against it.
    let draws = 0;
    const random = { ...createRandom(0), uniform: () => (draws++ < 13 ? 0.5 : 0.99) };
    randAugment(goldenImage('noise', 8, 8), options, SETTINGS, random);
    expect(draws).toBe(26);
  });
});

describe('parseRandAugment', () => {
  it('reads the official string and the defaults', () => {
    expect(parseRandAugment('rand-m9-mstd0.5-inc1')).toEqual({
      magnitude: 9,
      std: 0.5,
      numLayers: 2,
      increasing: true,
    });
    expect(parseRandAugment('rand')).toEqual({ magnitude: 10, std: 0, numLayers: 2, increasing: false });
    expect(parseRandAugment('rand-inc0-w0-n3')).toMatchObject({ increasing: false, weighted: true, numLayers: 3 });
  });

  it.each([
    ['augmix-m5', 'the policy must be "rand", got "augmix"'],
    ['rand-m9-q3', 'a section must be one of m, n, w, mstd, inc and a number, got "q3"'],
    ['rand-m9-foo', 'got "foo"'],
    ['rand-9', 'got "9"'],
    ['rand-m11', 'm must be an integer from 0 to 10, got "m11"'],
    ['rand-m9.5', 'got "m9.5"'],
    ['rand-mstd', 'mstd must be a decimal number, got "mstd"'],
    ['rand-inc2', 'inc must be 0 or 1, got "inc2"'],
    ['rand-w1', 'w must be 0, the only set of weights, got "w1"'],
    ['rand-w0-inc1', 'w0 must stand without inc1'],
    ['', 'the policy must be "rand", got ""'],
  ])('refuses "%s" by naming what is wrong', (text, message) => {
    expect(() => parseRandAugment(text)).toThrow(message);
  });
});
