import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import sharp from 'sharp';
import { contrast } from '../corruption/contrast.ts';
import { corruptImage } from '../corruption/corrupt-image.ts';
import { SEVERITIES } from '../corruption/corruption.ts';
import { type ConformanceLine, corruptionConformance } from './corruption-conformance.ts';
import { imageStatistics } from './image-statistics.ts';

const SIDE = 32;
let dir: string;

async function writePng(name: string, pixels: Uint8Array): Promise<void> {
  await writeFile(
    join(dir, name),
    await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .png()
      .toBuffer(),
  );
}

/** A folder in the golden format with one corruption at one size. */
async function writeFolder(change: (pixels: Uint8Array) => void = () => {}): Promise<void> {
  const random = createRandom(1);
  const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => random.integer(256));
  await writePng('input/img0_32.png', pixels);
  const stats: Record<string, unknown> = {};
  for (const severity of SEVERITIES) {
    const out = corruptImage({ pixels, width: SIDE, height: SIDE }, contrast, severity);
    stats[severity] = { img0: imageStatistics(pixels, out) };
    if (severity === 4) change(out);
    await writePng(`det/32/contrast_${severity}.png`, out);
  }
  const corruptions = { deterministic: ['contrast'], stochastic: ['fog'] };
  const tables = { 32: { contrast: contrast.severities[32], fog: [] } };
  await writeFile(join(dir, 'manifest.json'), JSON.stringify({ corruptions, severity_tables: tables }));
  await writeFile(join(dir, 'deterministic_stats.json'), JSON.stringify({ stats: { 32: { contrast: stats } } }));
}

async function check(): Promise<ConformanceLine[]> {
  const lines: ConformanceLine[] = [];
  for await (const line of corruptionConformance(dir)) lines.push(line);
  return lines;
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'golden-'));
  await mkdir(join(dir, 'input'));
  await mkdir(join(dir, 'det/32'), { recursive: true });
});
afterEach(() => rm(dir, { recursive: true }));

describe('corruptionConformance', () => {
  it('passes equal images and skips what is not built', async () => {
    await writeFolder();
    const lines = await check();
    expect(lines.map(({ name, status }) => [name, status])).toEqual([
      ['contrast/32', 'passed'],
      ['fog/32', 'skipped'],
    ]);
  });

  it('fails for one pixel that is 2 off, and says so', async () => {
    await writeFolder((pixels) => {
      pixels[100] = pixels[100]! + 2;
    });
    const [line] = await check();
    expect(line).toMatchObject({ status: 'failed', worst: 2 });
    expect(line!.differing).toBeCloseTo(1 / (5 * SIDE * SIDE * 3), 12);
  });

  it('names what a folder lacks', async () => {
    await expect(check()).rejects.toThrow(/must have a readable manifest\.json/);
  });
});
