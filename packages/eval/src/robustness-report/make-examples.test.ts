import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import { FREQUENCY_TESTS, fourierBasis, type TestBatch, type TestCase } from '@mfm/robustness';
import sharp from 'sharp';
import { makeAttackExamples, makeExamples } from './make-examples.ts';

const SIDE = 32;
const AREA = SIDE * SIDE;

function makeBatch(count: number): TestBatch {
  const random = createRandom(4);
  return {
    kind: 'pixels',
    pixels: Uint8Array.from({ length: count * 3 * AREA }, () => 60 + random.integer(100)),
    shape: [count, SIDE, SIDE, 3],
    labels: Int32Array.from({ length: count }, (_, i) => i),
    indices: Int32Array.from({ length: count }, (_, i) => i),
  };
}

/** Pixels of a PNG in a data URI. */
async function readPicture(source: string) {
  const { data, info } = await sharp(Buffer.from(source.split(',')[1]!, 'base64'))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    at: (x: number, y: number) => [...data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3)],
    info,
  };
}

describe('makeExamples', () => {
  it('lays tests out by what they vary', async () => {
    const settings = { side: SIDE, seed: 0, shapes: ['disc'] as const, radii: [2, 8], deviations: [0.1] };
    const dark: TestCase = {
      id: 'corruption/dark_room/5',
      section: 'corruption',
      transform: async (batch) => {
        if (batch.kind !== 'pixels') throw new Error('pixels expected');
        return { ...batch, pixels: batch.pixels.map(() => 0) };
      },
    };
    const tests = [dark, ...FREQUENCY_TESTS.flatMap((family) => family.tests(settings))];
    const { corruptions, filters, bands } = await makeExamples(tests, makeBatch(2));
    expect(corruptions!.columns).toEqual(['severity 5']);
    expect(corruptions!.rows.map(({ name }) => name)).toEqual(['dark room']);
    expect((await readPicture(corruptions!.rows[0]!.pictures[0]!.source)).at(3, 3)).toEqual([0, 0, 0]);
    expect(filters!.columns).toEqual(['radius 2', 'radius 8']);
    expect(filters!.rows.map(({ name }) => name)).toEqual([
      'low-pass, disc',
      'high-pass, disc',
      'high-pass-mean, disc',
    ]);
    expect(bands!.rows).toHaveLength(5);
    expect(bands!.rows[0]).toMatchObject({
      name: '1 cycles per image',
      pictures: [{ text: '1 cycles per image, sd 0.1' }],
    });
  });
});

describe('makeAttackExamples', () => {
  it('shows what was added and its spectrum, and what the model says', async () => {
    const wave = fourierBasis({ fy: 0, fx: 4 }, SIDE);
    const attack: TestCase = {
      id: 'attack/wave',
      section: 'attack',
      async transform(batch) {
        const { pixels, shape, ...keys } = batch as Extract<TestBatch, { kind: 'pixels' }>;
        const images = Float32Array.from({ length: pixels.length }, (_, i) => 0.5 + wave[i % AREA]!);
        return { ...keys, kind: 'images', images, shape: [shape[0], 3, SIDE, SIDE] };
      },
    };
    const grey: TestBatch = {
      ...(makeBatch(2) as Extract<TestBatch, { kind: 'pixels' }>),
      pixels: new Uint8Array(6 * AREA).fill(128),
    };
    const { rows, columns } = await makeAttackExamples(attack, grey, {
      nameOf: (label) => ['cat', 'dog'][label]!,
      nameOfPrediction: (label) => ['cat', 'dog'][label]!,
      classify: async ({ images }) => Int32Array.of(Math.abs(images[0]! - 0.5) > 0.01 ? 1 : 0, 1),
    });
    expect(columns).toEqual(['clean', 'adversarial', 'added', 'its spectrum']);
    expect(rows.map(({ name }) => name)).toEqual(['cat', 'dog']);
    expect(rows[0]!.pictures.map((picture) => picture!.caption)).toEqual(['cat', 'dog', '× 11', undefined]);
    const { at, info } = await readPicture(rows[0]!.pictures[3]!.source);
    const scale = info.width / SIDE;
    const bin = (fx: number) => at((SIDE / 2 + fx + 0.5) * scale, (SIDE / 2 + 0.5) * scale);
    // Brightest at the wave's two bins, dark elsewhere.
    expect(bin(4)).toEqual([252, 250, 190]);
    expect(bin(-4)).toEqual([252, 250, 190]);
    expect(bin(7)).toEqual([8, 10, 30]);
  });
});
