import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCommand } from '@mfm/cli';
import { exportModel } from '@mfm/export';
import { writeCheckpoint } from '@mfm/models';
import { type ImageBatch, toImages } from '@mfm/robustness';
import { openScoredModel, tinyClassifier } from '../../testing/tiny-classifiers.ts';
import { type AttackOptions, attackSection } from './attack-options.ts';
import { parseFraction, parsePerAttack, settingFor } from './per-attack.ts';
import type { SuiteModel } from './robustness-section.ts';

const CONTEXT = { imageSize: 16, seed: 2 };

function optionsOf(...args: string[]): AttackOptions {
  const command = attackSection.addOptions(createCommand('test', '', []));
  return command.parse(args, { from: 'user' }).opts<AttackOptions>();
}

let folder: string;
let checkpoint: string;
let gradientFile: string;
let model: SuiteModel & { close(): Promise<void> };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-attacks-'));
  [checkpoint, gradientFile] = [join(folder, 'vit.safetensors'), join(folder, 'gradient.onnx')];
  const tiny = tinyClassifier('vit');
  await writeCheckpoint(checkpoint, {
    config: { model: tiny.config },
    model: tiny.parameters,
    step: 1,
    epoch: 1,
    seed: 3,
  });
  for (const head of ['classifier', 'gradient']) {
    const { bytes } = await exportModel(tiny, { head, batchSizes: [1] });
    await writeFile(join(folder, `${head}.onnx`), bytes);
  }
  model = await openScoredModel(join(folder, 'classifier.onnx'));
});

afterAll(async () => {
  await model.close();
  await rm(folder, { recursive: true, force: true });
});

const batch: ImageBatch = {
  kind: 'images',
  images: Float32Array.from({ length: 2 * 768 }, (_, i) => 0.5 + 0.4 * Math.sin(i * i)),
  shape: [2, 3, 16, 16],
  labels: Int32Array.of(1, 4),
  indices: Int32Array.of(3, 9),
};

describe('options of attacks', () => {
  it('make tests with their settings', async () => {
    const options = optionsOf(
      ...['--attacks', 'fgsm,pgd,square', '--epsilon', '4/255,square=0.1', '--steps', '20', '--queries', '7'],
      ...['--band', '0-4', '--gradient-model', gradientFile],
    );
    const { tests, close } = await attackSection.modelTests!(options, CONTEXT, model);
    const [fgsm, pgd, square] = tests.map(({ settings }) => settings);
    expect(tests.map(({ id }) => id)).toEqual(['attack/fgsm', 'attack/pgd', 'attack/square']);
    expect(fgsm).toMatchObject({ epsilon: 4 / 255, norm: 'linf', seed: 2, band: { min: 0, max: 4 } });
    expect(pgd).toMatchObject({ epsilon: 4 / 255, stepSize: 2 / 255, steps: 20, band: { min: 0, max: 4 } });
    expect(square).toMatchObject({ epsilon: 0.1, queries: 7 });
    // Gradients of another file would give other images.
    expect([fgsm, pgd, square].map((settings) => 'gradientModel' in settings!)).toEqual([true, true, false]);
    await close!();
  });

  it('make the gradients of a checkpoint, the same as those of a file', async () => {
    const made = optionsOf('--attacks', 'pgd', '--checkpoint', checkpoint);
    const given = optionsOf('--attacks', 'pgd', '--gradient-model', gradientFile);
    const images = [];
    for (const options of [made, given]) {
      const { tests, close } = await attackSection.modelTests!(options, CONTEXT, model);
      images.push(toImages(await tests[0]!.transform(batch)).images);
      await close!();
    }
    expect(images[0]).toEqual(images[1]);
    expect(images[0]).not.toEqual(batch.images);
  });

  it('do without gradients where the attacks do', async () => {
    const options = optionsOf('--attacks', 'square,simba', '--queries', '5', '--targeted');
    const { tests } = await attackSection.modelTests!(options, CONTEXT, model);
    expect(tests.map(({ settings }) => settings!.targeted)).toEqual(['random', 'random']);
    expect((await tests[0]!.transform(batch)).measured!.queries!.every((count) => count <= 5)).toBe(true);
    expect(await attackSection.modelTests!(optionsOf(), CONTEXT, model)).toEqual({ tests: [] });
  });

  const refused: readonly (readonly [what: string, args: readonly string[], message: RegExp])[] = [
    [
      'gradients that are missing',
      ['--attacks', 'square,pgd'],
      /pgd must have the gradients of .*--head gradient.*square, simba/,
    ],
    ['an unknown attack', ['--attacks', 'pdg'], /unknown attack "pdg".*Did you mean "pgd"/],
    [
      'one radius for two norms',
      ['--attacks', 'pgd,pgd-l2', '--epsilon', '4/255'],
      /of one norm.*--epsilon pgd=…,pgd-l2=…/,
    ],
    [
      'a setting of no attack chosen',
      ['--attacks', 'fgsm', '--steps', '3'],
      /--steps: must be for one of the attacks, got fgsm/,
    ],
    [
      'a setting that the named attack lacks',
      ['--attacks', 'fgsm,pgd', '--steps', 'fgsm=3'],
      /fgsm must be given norm/,
    ],
    [
      'a band of attacks that have none',
      ['--attacks', 'square', '--band', '0-4'],
      /--band: must be for one of the attacks/,
    ],
    [
      'a gradient model that is none',
      ['--attacks', 'pgd', '--gradient-model', 'classifier.onnx'],
      /must have the inputs pixel_values/,
    ],
    [
      'several gradient models of which none is known to fit',
      ['--attacks', 'pgd', '--gradient-model', 'gradient.onnx', 'gradient.onnx'],
      /one of the files must be of the checkpoint of .*classifier\.onnx \(none\), got/,
    ],
  ];

  it.each(refused)('refuse %s', async (_, args, message) => {
    const run = async () => {
      const { gradientModel, ...options } = optionsOf(...args);
      const files = gradientModel?.map((name) => join(folder, name));
      return attackSection.modelTests!({ ...options, ...(files && { gradientModel: files }) }, CONTEXT, model);
    };
    await expect(run()).rejects.toThrow(message);
  });
});

describe('values per attack', () => {
  it('are plain, named or both', () => {
    const setting = parsePerAttack('--epsilon', '4/255, pgd-l2=1/2', (text) => parseFraction('--epsilon', text));
    expect(['pgd', 'pgd-l2'].map((name) => settingFor(setting, name))).toEqual([4 / 255, 0.5]);
    expect(settingFor(parsePerAttack('--steps', 'pgd=3', Number), 'fgsm')).toBeUndefined();
  });

  it.each(['', '0', '-1', '1/0', '1/2/3', 'x', '/255', '4/'])('"%s" is no fraction', (text) => {
    expect(() => parseFraction('--epsilon', text)).toThrow('--epsilon: must be a number above 0 or a fraction');
  });

  it.each([
    ['1,2', /one value, or one for each attack/],
    ['pdg=1', /unknown attack "pdg".*"pgd"/],
  ])('"%s" is refused', (text, message) => {
    expect(() => parsePerAttack('--steps', text, Number)).toThrow(message);
  });

  it.each(['16', '16-0', '0-0', 'a-b'])('"%s" is no band', (text) => {
    expect(() => optionsOf('--band', text)).toThrow('--band: must be two distances');
  });
});
