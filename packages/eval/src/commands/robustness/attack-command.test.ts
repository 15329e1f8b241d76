import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportModel, initialModel } from '@mfm/export';
import type { SuiteDocument } from '@mfm/robustness';
import { tinyClassifier } from '../../testing/tiny-classifiers.ts';

const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const IMAGES = 40;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-attack-'));
  // Classes of the synthetic set, and parameters large enough for gradients that are more than rounding.
  const model = initialModel({ ...tinyClassifier('vit').config, numClasses: 10 }, 3);
  for (const { data } of Object.values(model.parameters)) for (const i of data.keys()) data[i]! *= 3;
  for (const head of ['classifier', 'gradient']) {
    const { bytes } = await exportModel(model, { head, batchSizes: [1] });
    await writeFile(join(folder, `${head}.onnx`), bytes);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function robustness(...args: string[]) {
  const command = [CLI, 'robustness', '--model', join(folder, 'classifier.onnx'), '--data', 'synthetic:200'];
  const limits = ['--test-limit', String(IMAGES), '--corruptions', 'none', '--bootstrap', '0'];
  return spawnSync(process.execPath, [...command, ...limits, ...args], { encoding: 'utf8' });
}

describe('pnpm eval robustness --attacks', () => {
  it('attacks every image through the model of gradients, and measures what was added', () => {
    const gradients = ['--gradient-model', join(folder, 'gradient.onnx'), '--frequency', 'perturbation-spectrum'];
    const { stdout, stderr, status } = robustness(
      '--attacks',
      'fgsm,pgd',
      '--epsilon',
      '16/255',
      ...gradients,
      '--json',
    );
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
    const { models } = JSON.parse(stdout) as SuiteDocument;
    const tests = new Map(models[0]!.tests.map((test) => [test.id, test]));
    const [clean, fgsm, pgd] = ['clean', 'attack/fgsm', 'attack/pgd'].map((id) => tests.get(id)!);
    expect([clean!.images, fgsm!.images, pgd!.images]).toEqual([IMAGES, IMAGES, IMAGES]);
    // Attacks raise the loss; steps raise it further than one.
    expect(fgsm!.nll).toBeGreaterThan(clean!.nll);
    expect(pgd!.nll).toBeGreaterThan(clean!.nll);
    expect(pgd!.settings).toMatchObject({ epsilon: 16 / 255, stepSize: 8 / 255, steps: 5, norm: 'linf' });
    const spectra = Object.values(fgsm!.measured ?? {}).flat();
    expect(spectra.length).toBeGreaterThan(4);
    expect(spectra.every((value) => value >= 0)).toBe(true);
  });

  it.each([
    [['--attacks', 'fgsm'], /^--attacks: fgsm must have the gradients of .*classifier\.onnx, and none are given\./],
    [['--attacks', 'fgms'], /Did you mean "fgsm"\?/],
    [
      ['--frequency', 'perturbation-spectrum'],
      /^--frequency: perturbation-spectrum is measured on attacks, got none\./,
    ],
  ])('says in one line what %j lacks', (args, message) => {
    const { status, stderr } = robustness(...args);
    expect([status, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toMatch(message);
  });
});
