import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkModel, readMetadata, readModel, topologicalNodes } from '@mfm/onnx';
import type { ModelConfig } from '../built-model.ts';
import { runExport } from '../testing/run-export.ts';

const base = { imageSize: 32, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
const VIT: ModelConfig = {
  ...base,
  encoder: {
    type: 'vit',
    patchSize: 8,
    embedDim: 128,
    depth: 2,
    numHeads: 2,
    mlpRatio: 4,
    qkvBias: true,
    positionEmbedding: 'learnt',
  },
  numClasses: 10,
  dropPathRate: 0,
};
const { numClasses: _, dropPathRate: __, ...encoder } = VIT;
const PRETEXT: ModelConfig = {
  ...encoder,
  task: { filter: 'mfm', maskRadius1: 4, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
};

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-precision-'));
  for (const [name, config] of Object.entries({ vit: VIT, pretext: PRETEXT })) {
    await writeFile(at(`${name}.json`), JSON.stringify(config));
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const model = (name: string, head = 'classifier') => [
  '--config',
  at(`${name}.json`),
  '--init',
  'random',
  '--head',
  head,
];
const CALIBRATION = ['--calibrate', 'synthetic:60', '--calibration-images', '32', '--compare-images', '16'];

const weightTypes = async (file: string) => {
  const nodes = topologicalNodes(readModel(await readFile(file)).graph);
  const constants = nodes.flatMap(({ inputs }) =>
    inputs.flatMap((value) => (value?.source.kind === 'constant' ? [value] : [])),
  );
  return new Set(
    constants.filter(({ source }) => source.kind === 'constant' && source.data.length >= 4096).map(({ type }) => type),
  );
};

describe('pnpm export --precision', () => {
  it('writes a ViT in float16: half the size, valid, close, and it says so', async () => {
    const { code, stdout, stderr } = await runExport(
      ...model('vit'),
      '--precision',
      'fp16',
      '--json',
      '--onnx',
      at('fp16.onnx'),
    );
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('WARNING')]);
    const { bytes, precision } = JSON.parse(stdout);
    expect(precision).toMatchObject({ precision: 'fp16', comparedOn: 'made-up pictures', images: 16, warnings: [] });
    expect(precision.outputs[0].cosine).toBeGreaterThan(0.9999);
    // Names and the nodes themselves, which are the same number of bytes, count in a model this small.
    expect(bytes / precision.float32Bytes).toBeLessThan(0.6);
    const file = await readFile(at('fp16.onnx'));
    expect(readMetadata(file).precision).toBe('fp16');
    expect(checkModel(file)).toEqual([]);
    expect(await weightTypes(at('fp16.onnx'))).toEqual(new Set(['float16']));
  }, 60_000);

  it('writes it in int8, calibrated: less than a third of the size, valid, close, and it says how', async () => {
    const { code, stdout } = await runExport(
      ...model('vit'),
      '--precision',
      'int8',
      ...CALIBRATION,
      '--json',
      '--onnx',
      at('int8.onnx'),
    );
    expect(code).toBe(0);
    const { bytes, precision } = JSON.parse(stdout);
    expect(precision).toMatchObject({ precision: 'int8', comparedOn: 'synthetic (train)', images: 16 });
    expect(precision.outputs[0].cosine).toBeGreaterThan(0.98);
    // Names, nodes and scales are the same number of bytes as in a large model, where it is a quarter.
    expect(bytes / precision.float32Bytes).toBeLessThan(1 / 3);
    const file = await readFile(at('int8.onnx'));
    expect(JSON.parse(readMetadata(file).quantization!)).toMatchObject({
      method: 'mse',
      images: 32,
      weights: 'int8 per channel',
    });
    expect(checkModel(file)).toEqual([]);
    expect(await weightTypes(at('int8.onnx'))).toEqual(new Set(['int8']));
  }, 60_000);

  it('keeps the Fourier transforms of a reconstruction exact', async () => {
    const { code, stdout } = await runExport(
      ...model('pretext', 'reconstruction'),
      ...['--precision', 'int8', ...CALIBRATION, '--json', '--onnx', at('mfm.onnx')],
    );
    expect(code).toBe(0);
    const { outputs } = JSON.parse(stdout).precision as { outputs: { output: string; maxAbsolute: number }[] };
    const difference = (name: string) => outputs.find(({ output }) => output === name)!.maxAbsolute;
    expect(difference('corrupted')).toBeLessThan(1e-5);
    expect(difference('spectrum_image')).toBeLessThan(1e-5);
    expect(difference('reconstruction')).toBeGreaterThan(1e-5);
  }, 60_000);

  const bad: { what: string; args: () => string[]; message: RegExp }[] = [
    {
      what: 'an unknown precision',
      args: () => ['--precision', 'int4'],
      message: /--precision: must be fp32, fp16, int8, got "int4"/,
    },
    {
      what: 'images without int8',
      args: () => ['--calibrate', 'synthetic:60'],
      message: /--calibrate: is for --precision int8, got fp32/,
    },
    {
      what: 'a calibration folder that is missing',
      args: () => ['--precision', 'int8', '--calibrate', at('nowhere')],
      message: /data must be an existing path or "synthetic", got ".*nowhere"/,
    },
    {
      what: 'too few images',
      args: () => ['--precision', 'int8', '--calibrate', 'synthetic:60'],
      message: /--calibrate: .* more than the 256 calibration images.*got 60/,
    },
    {
      what: 'a graph with nothing left to quantise',
      args: () => ['--precision', 'int8', ...CALIBRATION, '--keep-float', 'weight'],
      message:
        /reduceToInt8: the graph must have a convolution or product with a constant weight to quantise, got none but those of --keep-float weight/,
    },
  ];
  it('names what is wrong in one line, and writes nothing', async () => {
    const results = await Promise.all(
      bad.map(({ args }) => runExport(...model('vit'), ...args(), '--onnx', at('bad.onnx'))),
    );
    results.forEach(({ code, stderr }, index) => {
      const lines = stderr.trim().split('\n');
      expect([bad[index]!.what, code, lines.at(-1)]).toEqual([
        bad[index]!.what,
        2,
        expect.stringMatching(bad[index]!.message),
      ]);
    });
    await expect(stat(at('bad.onnx'))).rejects.toThrow();
  }, 120_000);
});
