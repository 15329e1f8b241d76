import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClassifierConfig } from '@mfm/models';
import { type ExportResult, exportModel, type ModelWithParameters } from '../export-model.ts';
import { initialModel } from '../model-source.ts';
import type { ExportReport } from './export-report.ts';
import { percentile } from './latency.ts';
import { renderReport } from './report-page.ts';
import { checkReportArguments, writeReport } from './write-report.ts';

const CONFIG: ClassifierConfig = {
  imageSize: 8,
  encoder: {
    type: 'vit',
    patchSize: 4,
    embedDim: 8,
    depth: 1,
    numHeads: 2,
    mlpRatio: 2,
    qkvBias: true,
    positionEmbedding: 'learnt',
  },
  numClasses: 5,
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
};

let folder: string;
let model: ModelWithParameters;
let result: ExportResult;
const at = (name: string) => join(folder, name);
const silent = () => {};

/** Parameters whose logits are far apart; those that training begins with are nearly equal. */
const spread = (config: ClassifierConfig, seed: number): ModelWithParameters => {
  const made = initialModel(config, seed);
  const { shape, data } = made.parameters['head.weight']!;
  return {
    ...made,
    parameters: {
      ...made.parameters,
      'head.weight': { shape, data: data.map((v, i) => v + Math.sin(i * (seed + 1))) },
    },
  };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-report-'));
  model = spread(CONFIG, 1);
  result = await exportModel(model, { head: 'classifier' });
  await writeFile(at('model.onnx'), result.bytes);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function report(of: ModelWithParameters, rest: object): Promise<ExportReport> {
  const args = { report: at('report.json'), reportRuns: 4, reportDevices: 'cpu', ...rest };
  await writeReport(at('model.onnx'), of, result, args, silent);
  return JSON.parse(await readFile(at('report.json'), 'utf8'));
}

describe('writeReport', () => {
  it('measures the file beside the eager model on images, at every batch size', async () => {
    const {
      model: summary,
      sha256,
      comparison,
      latency,
      preprocessing,
    } = await report(model, {
      ...{ reportImages: 'synthetic:100', reportCount: 11, reportBatches: '4,1' },
    });
    expect(sha256).toBe(createHash('sha256').update(result.bytes).digest('hex'));
    expect(summary).toMatchObject({ bytes: result.bytes.length, irVersion: '8', problems: [] });
    expect(comparison.images).toBe(11);
    // The fastest that is there: TensorFlow's binding where it was built.
    expect(['wasm', 'tensorflow']).toContain(comparison.backend);
    expect(comparison.source).toContain('synthetic');
    expect(comparison.differences.map(({ output, batch }) => `${output} ${batch}`)).toEqual(['logits 1', 'logits 4']);
    for (const row of comparison.differences) {
      expect(row.maxAbsolute).toBeLessThan(1e-4);
      expect(row.maxAbsolute).toBeGreaterThanOrEqual(row.meanAbsolute);
      expect(row.maxRelative).toBeLessThan(1e-4);
      expect(row.cosine).toBeCloseTo(1, 6);
    }
    expect(comparison.agreement).toEqual([1, 4].map((batch) => ({ output: 'logits', batch, images: 11, same: 11 })));
    const cpu = latency.rows.filter(({ device }) => device === 'cpu');
    expect(cpu.map(({ batch, runs }) => [batch, runs])).toEqual([
      [1, 4],
      [4, 4],
    ]);
    for (const { batch, p50, p95, throughput } of cpu) {
      expect(p95).toBeGreaterThanOrEqual(p50);
      expect(throughput).toBeCloseTo((1000 * batch) / p50, 6);
    }
    expect(preprocessing).toMatchObject({ image_size: '8', interpolation: 'bicubic' });
  });

  it('shows where a file is of another model', async () => {
    const { comparison } = await report(spread(CONFIG, 2), { reportCount: 16, reportBatches: '8' });
    expect(comparison).toMatchObject({ source: 'made-up pictures', images: 16 });
    expect(comparison.differences[0]!.maxAbsolute).toBeGreaterThan(1e-2);
    expect(comparison.agreement[0]!.same).toBeLessThan(16);
  });

  it('feeds bytes to a file that takes pixels', async () => {
    const whole = await exportModel(model, { head: 'classifier', normalize: true, batchSizes: [1] });
    await writeFile(at('pixels.onnx'), whole.bytes);
    const args = {
      ...{ report: at('pixels.json'), reportRuns: 1, reportDevices: 'cpu', reportBatches: '3' },
      ...{ reportImages: 'synthetic:100', reportCount: 5, normalize: true },
    };
    await writeReport(at('pixels.onnx'), model, whole, args, silent);
    const { comparison }: ExportReport = JSON.parse(await readFile(at('pixels.json'), 'utf8'));
    expect(comparison.agreement).toEqual([{ output: 'logits', batch: 3, images: 5, same: 5 }]);
    expect(comparison.differences[0]!.maxAbsolute).toBeLessThan(1e-4);
  });

  it('writes a page', async () => {
    await writeReport(
      at('model.onnx'),
      model,
      result,
      { report: at('report.html'), reportRuns: 2, reportCount: 2, reportDevices: 'cpu' },
      silent,
    );
    const page = await readFile(at('report.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    for (const title of [
      'The file',
      'Difference from the eager model',
      'Latency',
      'The checker',
      'Operators',
      'Metadata',
    ])
      expect(page).toContain(`<h2>${title}</h2>`);
    expect(page).toContain('100.00 %');
    expect(page).not.toMatch(/<script|NaN|undefined|Infinity/);
  });
});

describe('renderReport', () => {
  it('tells problems, what is missing, and reduced precision', async () => {
    const whole = await report(model, { reportCount: 2, reportBatches: '2' });
    const page = renderReport({
      ...whole,
      model: { ...whole.model, problems: [{ severity: 'error', where: 'node <x>', message: 'is wrong' }] },
      latency: { ...whole.latency, missing: [{ device: 'cuda', reason: 'no GPU' }] },
      precision: {
        ...{
          precision: 'int8',
          summary: 'quantised',
          details: {},
          float32Bytes: 4000,
          comparedOn: 'pictures',
          images: 7,
          agreement: 0.875,
        },
        ...{
          outputs: [{ output: 'logits', maxAbsolute: 0.25, meanAbsolute: 0.125, cosine: 0.5 }],
          warnings: ['too far'],
        },
      },
    });
    expect(page).toContain('not valid: 1 error');
    expect(page).toContain('node &lt;x&gt;');
    expect(page).toMatch(/<b>cuda<\/b>\. no GPU/);
    expect(page).toMatch(/int8 beside float32[\s\S]*2\.50e-1[\s\S]*too far[\s\S]*87\.50 %/);
  });
});

describe('percentile', () => {
  it("is numpy's", () => {
    expect([0, 0.5, 0.95, 1].map((share) => percentile([1, 2, 3, 4], share))).toBeAllclose([1, 2.5, 3.85, 4]);
    expect(percentile([7], 0.95)).toBe(7);
  });
});

describe('checkReportArguments', () => {
  const cases: [object, RegExp][] = [
    [{ report: 'x.pdf' }, /--report: must be a file that ends with \.html or \.json, got "x\.pdf"/],
    [{ reportImages: 'data' }, /--report-images: is for --report <file>/],
    [
      { report: 'x.html', reportBatches: '1,two' },
      /--report-batches: must be positive integers and at most 1024, .* got "1,two"/,
    ],
    [{ report: 'x.html', reportBatches: '0' }, /got "0"/],
    [{ report: 'x.html', reportDevices: 'cpu,gpu' }, /unknown device "gpu"/],
  ];
  it.each(cases)('refuses %j', (args, message) => {
    expect(() => checkReportArguments(args)).toThrow(message);
  });
});
