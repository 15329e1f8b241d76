import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ClassifierConfig } from '@mfm/models';
import { runExport } from '../testing/run-export.ts';
import type { ExportReport } from './export-report.ts';

/** Large enough for the parity check to run in a thread, which takes the parameters' memory with it unless they are needed again. */
const CONFIG: ClassifierConfig = {
  imageSize: 64,
  encoder: {
    ...{ type: 'vit', patchSize: 16, embedDim: 128, depth: 6, numHeads: 4, mlpRatio: 4, qkvBias: true },
    positionEmbedding: 'learnt',
  },
  numClasses: 10,
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-report-cli-'));
  await writeFile(join(folder, 'config.json'), JSON.stringify({ model: CONFIG }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('pnpm export --report measures a model whose parity check runs in a thread', async () => {
  const [onnx, report] = [join(folder, 'model.onnx'), join(folder, 'report.json')];
  const model = ['--config', join(folder, 'config.json'), '--init', 'random', '--head', 'classifier', '--onnx', onnx];
  const options = ['--report-images', 'synthetic:20', '--report-count', '3', '--report-batches', '2'];
  const timing = ['--report-runs', '1', '--report-devices', 'cpu'];
  const { code, stderr } = await runExport(...model, '--report', report, ...options, ...timing);
  expect([code, stderr.includes('Error')]).toEqual([0, false]);
  const { comparison, latency, model: summary }: ExportReport = JSON.parse(await readFile(report, 'utf8'));
  expect(summary.parameters.elements).toBeGreaterThan(1e6);
  expect(comparison).toMatchObject({ images: 3, agreement: [{ output: 'logits', batch: 2, images: 3, same: 3 }] });
  expect(comparison.differences[0]!.maxAbsolute).toBeLessThan(1e-4);
  expect(latency.rows).toHaveLength(1);
});
