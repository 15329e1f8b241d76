import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PretextConfig, readCheckpoint, writeCheckpoint } from '@mfm/models';
import { readModel } from '@mfm/onnx';
import { initialModel } from './model-source.ts';
import { runExport, runExportHere } from './testing/run-export.ts';

const CONFIG: PretextConfig = {
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
  task: { filter: 'mfm', maskRadius1: 2, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
};

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-export-'));
  const model = initialModel(CONFIG, 1).parameters;
  await writeCheckpoint(at('run/checkpoints/epoch_0002.safetensors'), {
    config: { model: CONFIG },
    model,
    step: 10,
    epoch: 2,
    seed: 1,
  });
  await writeFile(at('config.json'), JSON.stringify({ model: CONFIG, epochs: 3 }));
  const bytes = await readFile(at('run/checkpoints/epoch_0002.safetensors'));
  await writeFile(at('truncated.safetensors'), bytes.subarray(0, bytes.length - 100));
  const other = { model: { ...CONFIG, encoder: { ...CONFIG.encoder, embedDim: 16 } } };
  await writeCheckpoint(at('other.safetensors'), { config: other, model, step: 1, epoch: 1, seed: 1 });
  await copyFile(at('config.json'), at('config.safetensors'));
  await writeFile(at('state.safetensors'), bytes);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('pnpm export with bad input', () => {
  const cases: { what: string; args: () => string[]; message: RegExp }[] = [
    {
      what: 'a run that is missing',
      args: () => ['--checkpoint', at('nowhere')],
      message: /nowhere: no such file or folder/,
    },
    {
      what: 'a truncated checkpoint',
      args: () => ['--checkpoint', at('truncated.safetensors')],
      message: /truncated\.safetensors/,
    },
    {
      what: 'a file that is no checkpoint',
      args: () => ['--checkpoint', at('config.safetensors')],
      message: /config\.safetensors/,
    },
    {
      what: "another model's tensors",
      args: () => ['--checkpoint', at('other.safetensors')],
      message: /other\.safetensors.*must be a checkpoint of this model/,
    },
    {
      what: 'an unknown head',
      args: () => ['--checkpoint', at('run'), '--head', 'featuers'],
      message: /"featuers"\. Did you mean "features"/,
    },
    {
      what: 'an unknown model',
      args: () => ['--model', 'vit_smal', '--init', 'random'],
      message: /"vit_smal"\. Did you mean "vit_small"/,
    },
    {
      what: 'an unknown target',
      args: () => ['--checkpoint', at('run'), '--target', 'onnx'],
      message: /--target: unknown target "onnx"/,
    },
    { what: 'a model without parameters', args: () => ['--model', 'vit_small'], message: /Add --init random/ },
    {
      what: 'two models',
      args: () => ['--model', 'vit_small', '--checkpoint', at('run')],
      message: /give one of --checkpoint/,
    },
    {
      what: 'an operator set out of range',
      args: () => ['--checkpoint', at('run'), '--opset', '7'],
      message: /opset must be 13 to 23, got 7/,
    },
    {
      what: 'a state to train from in the place of the checkpoint',
      args: () => ['--checkpoint', at('state.safetensors'), '--head', 'train-step', '--out', at('state.onnx')],
      message: /--out: the initial state is written to ".*state\.safetensors", which must not be the checkpoint/,
    },
    {
      what: 'an unknown option',
      args: () => ['--chekpoint', at('run')],
      message: /unknown option '--chekpoint'.*--checkpoint/,
    },
  ];

  it.each(cases)('ends with one line, exit code 2 and no file for $what', async ({ args, message }) => {
    const { code, stdout, stderr } = await runExportHere('--onnx', '--out', at('out.onnx'), ...args());
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect((await readdir(folder)).filter((name) => name.includes('out.onnx'))).toEqual([]);
  });
});

describe('pnpm export', () => {
  it('ends its process with code 2 and one line for an option it does not know', async () => {
    const { code, stdout, stderr } = await runExport('--onnx', '--out', at('out.onnx'), '--chekpoint', at('run'));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^export: unknown option '--chekpoint'[^\n]*\n$/);
  });

  it('writes the step of training with the state that it begins with beside it', async () => {
    const args = ['--checkpoint', at('run'), '--head', 'train-step', '--batch', '2', '--onnx', at('train.onnx')];
    const { code, stdout } = await runExport(...args, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ head: 'train-step', state: at('train.safetensors') });
    const { metadata } = readModel(await readFile(at('train.onnx')));
    expect(metadata).toMatchObject({ batch_size: '2', weight_decay: '0.05', clip_grad: '3' });
    const [given, written] = [await readCheckpoint(at('run')), await readCheckpoint(at('train.safetensors'))];
    expect(written.model).toEqual(given.model);
    expect(written).toMatchObject({ step: 0, config: { model: CONFIG } });
  });

  it('writes the newest checkpoint of a run with its origin in the metadata', async () => {
    const { code, stdout } = await runExport('--onnx', '--checkpoint', at('run'), '--out', at('model.onnx'), '--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ head: 'features', opset: 17, parity: { passed: true } });
    const bytes = await readFile(at('model.onnx'));
    expect(report.bytes).toBe(bytes.length);
    expect(readModel(bytes).metadata).toMatchObject({
      source: 'checkpoint',
      source_epoch: '2',
      source_sha256: report.source.sha256,
    });
  });

  it('writes an untrained model from the config.json of a run', async () => {
    const args = [
      '--onnx',
      '--config',
      at('config.json'),
      '--init',
      'random',
      '--seed',
      '5',
      '--head',
      'reconstruction',
    ];
    const { code, stdout } = await runExport(...args, '--out', at('random.onnx'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/reconstruction .* 1\.0000/);
    expect(readModel(await readFile(at('random.onnx'))).metadata).toMatchObject({ source: 'random', source_seed: '5' });
  });
});
