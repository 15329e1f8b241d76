import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import sharp from 'sharp';
import { contrast } from '../corruption/contrast.ts';
import { corruptImage } from '../corruption/corrupt-image.ts';
import { SEVERITIES } from '../corruption/corruption.ts';
import { motionBlur } from '../corruption/motion-blur.ts';
import { type CorruptionOutcome, corruptionConformance } from './corruption-conformance.ts';
import { imageStatistics } from './image-statistics.ts';
import { radialPower } from './radial-power.ts';

const SIDE = 32;
const ANGLE = 20;
const random = createRandom(1);
const input = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => random.integer(256));
let dir: string;

async function writePng(name: string, pixels: Uint8Array): Promise<void> {
  await writeFile(
    join(dir, name),
    await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .png()
      .toBuffer(),
  );
}

const writeJson = (name: string, value: unknown) => writeFile(join(dir, name), JSON.stringify(value));

const moments = (values: readonly number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)) };
};

/** What the reference would say of motion blur over its seeds, if it were this project. */
function seedStatistics(severity: (typeof SEVERITIES)[number], change: number) {
  const image = { pixels: input, width: SIDE, height: SIDE };
  const outputs = Array.from({ length: 24 }, (_, seed) =>
    corruptImage(image, motionBlur, severity, { seed: 1000 + seed }),
  );
  const mse = moments(outputs.map((out) => imageStatistics(input, out).mse + change));
  const spectra = outputs.map((out) =>
    radialPower(SIDE, (pixel, c) => (out[3 * pixel + c]! - input[3 * pixel + c]!) / 255).map((power) =>
      Math.log10(power + 1e-12),
    ),
  );
  const rings = Array.from(spectra[0]!, (_, ring) => moments(spectra.map((spectrum) => spectrum[ring]!)));
  const psd = { log10_mean: rings.map(({ mean }) => mean), log10_sd: rings.map(({ sd }) => sd) };
  return { img0: { mse: { mean: [mse.mean], sd: [mse.sd] }, psd, n_seeds: outputs.length } };
}

interface Damage {
  /** Changes the stored output of severity 4. */
  pixels?: (pixels: Uint8Array) => void;
  /** Added to the stored mean squared errors. */
  mse?: number;
  angle?: number;
}

/** A folder in the golden format with two corruptions at one size. */
async function writeFolder({ pixels, mse = 0, angle = ANGLE }: Damage = {}): Promise<void> {
  await writePng('input/img0_32.png', input);
  const image = { pixels: input, width: SIDE, height: SIDE };
  const [stats, seeds, traces]: Record<string, unknown>[] = [{}, {}, {}];
  for (const severity of SEVERITIES) {
    const out = corruptImage(image, contrast, severity);
    stats![severity] = { img0: imageStatistics(input, out) };
    if (severity === 4) pixels?.(out);
    await writePng(`det/32/contrast_${severity}.png`, out);
    seeds![severity] = seedStatistics(severity, mse);
    await writePng(
      `trace/motion_${severity}.png`,
      motionBlur.replay(image, motionBlur.severities[32][severity - 1]!, { angle: ANGLE }),
    );
    traces![severity] = { angle_deg: angle, out: `trace/motion_${severity}.png` };
  }
  await writeJson('manifest.json', {
    corruptions: { deterministic: ['contrast'], stochastic: ['motion_blur', 'sepia'] },
    severity_tables: { 32: { contrast: contrast.severities[32], motion_blur: motionBlur.severities[32], sepia: [] } },
    zoom_factors: { 32: [[1, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06], [], [], [], []] },
  });
  await writeJson('deterministic_stats.json', { stats: { 32: { contrast: stats } } });
  await writeJson('traces.json', { traces: { 32: { motion_blur: traces } } });
  await writeJson('stochastic_stats.json', { stats: { 32: { motion_blur: seeds } } });
}

/** Outcomes by name: the failing checks, what was not run, or the error. */
async function check(workers = 0): Promise<Record<string, string[]>> {
  const { count, outcomes } = await corruptionConformance(dir, workers);
  const found: CorruptionOutcome[] = [];
  for await (const outcome of outcomes) found.push(outcome);
  expect(found).toHaveLength(count);
  return Object.fromEntries(
    found.map(({ name, outcome }) => {
      if ('skipped' in outcome) return [name, [outcome.skipped]];
      if ('error' in outcome) return [name, [outcome.error.message]];
      return [
        name,
        outcome.checks.filter(({ error, tolerance }) => !(error <= tolerance)).map((failed) => failed.name),
      ];
    }),
  );
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'golden-'));
  for (const folder of ['input', 'det/32', 'trace']) await mkdir(join(dir, folder), { recursive: true });
});
afterEach(() => rm(dir, { recursive: true }));

describe('corruptionConformance', () => {
  it('passes what agrees, on threads too, and names a corruption that it does not know', async () => {
    await writeFolder();
    const expected = {
      // The factors of the other severities are missing.
      kernels: ['zoom factors 32'],
      'pixels/contrast/32': [],
      'replay/motion_blur/32': [],
      'replay/sepia/32': ['corruption sepia is not known'],
      'seeds/motion_blur/32': [],
    };
    expect(await check()).toEqual(expected);
    expect(await check(1)).toEqual(expected);
  });

  it('fails for one pixel that is 2 off', async () => {
    await writeFolder({
      pixels: (pixels) => {
        pixels[100] = pixels[100]! + 2;
      },
    });
    expect(await check()).toMatchObject({ 'pixels/contrast/32': ['pixels, severity 4'], 'replay/motion_blur/32': [] });
  });

  it('fails for other draws and for other statistics', async () => {
    await writeFolder({ angle: -ANGLE, mse: 400 });
    const { 'replay/motion_blur/32': replays, 'seeds/motion_blur/32': seeds } = await check();
    expect(replays).toHaveLength(5);
    expect(seeds).toEqual(SEVERITIES.map((severity) => `mse, img0, severity ${severity}`));
  });

  it('says which file a case lacks', async () => {
    await writeFolder();
    await rm(join(dir, 'det/32/contrast_2.png'));
    const { 'pixels/contrast/32': pixels } = await check();
    expect(pixels).toEqual([expect.stringMatching(/contrast_2\.png/)]);
  });

  it('names what a folder lacks', async () => {
    await expect(corruptionConformance(dir, 0)).rejects.toThrow(/must have a readable manifest\.json/);
  });
});
