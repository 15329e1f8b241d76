import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runEvalHere } from '../testing/run-eval.ts';
import { writeTextureModel } from '../testing/texture-models.ts';

let folder: string;
let base: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-features-'));
  const model = await writeTextureModel(folder, 'model.onnx');
  base = ['--model', model, '--data', 'synthetic:100', '--cache-dir', join(folder, 'features'), '--workers', '0'];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a command, and reads its page if it writes one. */
async function run(command: string, ...args: string[]) {
  const report = join(folder, `${command}.html`);
  const { stdout, stderr, code } = await runEvalHere(command, ...base, '--report', report, ...args, '--json');
  return {
    code,
    stderr,
    document: stdout && JSON.parse(stdout),
    page: code === 0 ? await readFile(report, 'utf8') : '',
  };
}

describe('commands on frozen features', () => {
  it('eval few-shot: more images of each class, more accuracy', async () => {
    const { document, page } = await run('few-shot', '--shots', '1,10', '--draws', '4');
    const logistic = document.scores.filter(({ classifier }: { classifier: string }) => classifier === 'logistic');
    expect(logistic.map(({ shots }: { shots: number }) => shots)).toEqual([1, 10]);
    expect(logistic[1].mean).toBeGreaterThan(logistic[0].mean);
    expect(logistic[1].mean).toBeGreaterThan(0.2);
    expect(page).toContain(`${(100 * logistic[1].mean).toFixed(2)} %`);
  });

  it('eval retrieval: better than chance, over training images and leave-one-out', async () => {
    for (const [gallery, images] of [
      ['train', 100],
      ['test', 20],
    ] as const) {
      const { document, page } = await run('retrieval', '--gallery', gallery);
      expect(document).toMatchObject({ queries: 20, gallery: images, unanswerable: 0 });
      expect(document.meanAveragePrecision.mean).toBeGreaterThan(0.15);
      expect(page).toContain('mAP');
    }
  });

  it('eval knn: its page has its numbers', async () => {
    const { document, page } = await run('knn', '--k', '5,20', '--mean', '0.5,0.5,0.5', '--crop-ratio', '0.8');
    for (const text of ['[0.5,0.5,0.5]', '<dt>resize</dt><dd>40</dd>']) expect(page).toContain(text);
    expect(document.scores.map(({ k }: { k: number }) => k)).toEqual([5, 20]);
    for (const { top1, interval } of document.scores) {
      expect(top1).toBeGreaterThan(interval[0]);
      expect(page).toContain(`${(100 * top1).toFixed(2)} %`);
    }
  });

  it('eval features: figures, and a page with a map', async () => {
    const { document, page } = await run('features', '--map', '16');
    expect(document).toMatchObject({ images: 20, model: { dim: 96 } });
    expect(document.alignment).toBeGreaterThan(0);
    expect(document.uniformity).toBeLessThan(0);
    // 20 centred images span 19 directions.
    expect(document.effectiveRank).toBeGreaterThan(1);
    expect(document.effectiveRank).toBeLessThan(19);
    expect(page.match(/<circle/g)).toHaveLength(16);
    expect(page.match(/<image href="data:image\/png/g)!.length).toBeGreaterThan(5);
  });

  it.each([
    { command: 'few-shot', args: ['--shots', '1,11'], message: 'every class must have 11 training images, "' },
    { command: 'few-shot', args: ['--shots', '0'], message: '--shots: must be positive integers' },
    { command: 'retrieval', args: ['--gallery', 'val'], message: '--gallery: must be train or test, got "val".' },
    {
      command: 'retrieval',
      args: ['--feature', 'cls'],
      message: 'must have the output "cls", got mean_pooled [8, 96]',
    },
    {
      command: 'features',
      args: ['--test-limit', '1'],
      message: 'eval features: at least two images must be given, got 1.',
    },
    { command: 'features', args: ['--report', tmpdir()], message: '--report: must be a file that ends in .html' },
    { command: 'knn', args: ['--crop', '16'], message: '--crop: must be 32, the side of the images that' },
    { command: 'features', args: ['--feature', 'patch_tokens'], message: 'must be float32 [batch, length]' },
  ])('eval $command ends with one line and exit code 2 for $args', async ({ command, args, message }) => {
    const { code, stderr, document } = await run(command, ...args);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ code, document }).toEqual({ code: 2, document: '' });
  });
});
