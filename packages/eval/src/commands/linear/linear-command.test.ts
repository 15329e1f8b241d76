import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runEvalHere } from '../../testing/run-eval.ts';
import { writeTextureModel } from '../../testing/texture-models.ts';

let folder: string;
let base: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-linear-'));
  const model = await writeTextureModel(folder, 'model.onnx');
  base = [
    'linear',
    '--model',
    model,
    '--data',
    'synthetic:120',
    '--cache-dir',
    join(folder, 'features'),
    '--workers',
    '0',
  ];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => runEvalHere(...base, ...args);

describe('pnpm eval linear', () => {
  it.each([
    { protocol: 'lbfgs', args: ['--weight-decays', '0.001,0.1'], trials: 2, trainCount: 120 },
    { protocol: 'mae', args: ['--epochs', '40', '--learning-rates', '300'], trials: 1, trainCount: 120 },
    { protocol: 'dino', args: ['--epochs', '40', '--learning-rates', '1e-5,10'], trials: 2, trainCount: 110 },
  ])('measures by the protocol $protocol and writes a page', async ({ protocol, args, trials, trainCount }) => {
    const report = join(folder, `${protocol}.html`);
    const center = protocol === 'lbfgs' ? [] : ['--crops', 'center'];
    const { stdout, code } = await run('--protocol', protocol, ...args, ...center, '--report', report, '--json');
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ protocol, trainCount, testCount: 24, classes: 10, leftOut: 0 });
    expect(document.trials).toHaveLength(trials);
    // Ten classes: a tenth is chance.
    expect(document.testAccuracy).toBeGreaterThan(0.25);
    const [low, high] = document.testInterval;
    expect(low).toBeLessThan(document.testAccuracy);
    expect(high).toBeGreaterThan(document.testAccuracy);
    const correct = document.confusion.reduce((sum: number, row: number[], k: number) => sum + row[k]!, 0);
    expect(correct / 24).toBeCloseTo(document.testAccuracy, 10);
    const page = await readFile(report, 'utf8');
    for (const { name } of document.perClass) expect(page).toContain(name);
    expect(page).toContain(`${(100 * document.testAccuracy).toFixed(2)} %`);
  });

  it('trains the grid of DINO on random crops', async () => {
    const { stdout } = await run('--protocol', 'dino', '--epochs', '2', '--train-limit', '100', '--json');
    const { trials, crops, batchSize, stepsPerEpoch, learningRate } = JSON.parse(stdout);
    expect({ crops, batchSize, stepsPerEpoch, rates: trials.length }).toEqual({
      ...{ crops: 'random', batchSize: 2, stepsPerEpoch: 45, rates: 13 },
    });
    const best = Math.max(
      ...trials.map(({ validationAccuracy }: { validationAccuracy: number }) => validationAccuracy),
    );
    expect(trials.find(({ baseRate }: { baseRate: number }) => baseRate === learningRate).validationAccuracy).toBe(
      best,
    );
  });

  it.each([
    { args: ['--protocol', 'maee'], message: '--protocol: unknown name "maee". Did you mean "mae"?' },
    {
      args: ['--protocol', 'mae', '--weight-decays', '1'],
      message: '--weight-decays: is for --protocol lbfgs. Leave it',
    },
    { args: ['--epochs', '3'], message: '--epochs: is for --protocol mae or dino. Leave it out with lbfgs.' },
    { args: ['--protocol', 'mae', '--crops', 'centre'], message: '--crops: must be random or center, got "centre".' },
    {
      args: ['--protocol', 'mae', '--batch-size', '300'],
      message: '--batch-size: must be at most the number of training',
    },
    { args: ['--learning-rates', '0.1,0'], message: '--learning-rates: must be numbers above 0' },
    { args: ['--report', 'page.pdf'], message: '--report: must be a file that ends in .html, got "page.pdf".' },
    { args: ['--train-limit', '3'], message: 'eval linear: the training set must have two classes and images enough' },
  ])('ends with one line and exit code 2 for $args', async ({ args, message }) => {
    const { code, stderr, stdout } = await run('--save-probe', join(folder, 'never'), ...args);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    await expect(stat(join(folder, 'never'))).rejects.toThrow('ENOENT');
  });
});
