import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ClassifierConfig, type HostParameters, readSafetensors, writeCheckpoint } from '@mfm/models';
import { dict, int, type Pickled, storage, tensor, zipCheckpoint } from '@mfm/models/testing/pth-writer';
import { readModel } from '@mfm/onnx';
import { initialModel } from './model-source.ts';
import { runExport, runExportHere } from './testing/run-export.ts';

const COLOURS = { mean: [0.4, 0.5, 0.6], std: [0.25, 0.25, 0.25] };
/** Its position embedding is fixed: a moving average leaves it out. */
const VIT = {
  ...{ imageSize: 8, numClasses: 3, ...COLOURS },
  encoder: {
    ...{ type: 'vit', patchSize: 4, embedDim: 8, depth: 1, numHeads: 2, mlpRatio: 2, qkvBias: true },
    ...{ positionEmbedding: 'sincos', meanPooling: false },
  },
} as const satisfies ClassifierConfig;
const LEARNT: ClassifierConfig = { ...VIT, encoder: { ...VIT.encoder, positionEmbedding: 'learnt' } };
const RESNET: ClassifierConfig = {
  ...{ imageSize: 32, numClasses: 3, ...COLOURS },
  encoder: { type: 'resnet', block: 'basic', layers: [1, 1, 1, 1], channels: [4, 4, 4, 4], stem: 4 },
};

let folder: string;
const at = (name: string) => join(folder, name);

/** What PyTorch writes for a state dict, each tensor with a storage of its own. */
function stateDictFile(tensors: Readonly<HostParameters>, extra: Record<string, Pickled> = {}): Uint8Array {
  const entries = Object.entries(tensors);
  const pickled = entries.map(([name, { shape, data }], index): [string, Pickled] => {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
    return [name, tensor(storage('Float', `${index}`, data.length), shape, strides)];
  });
  const counters = { ...extra, 'bn1.num_batches_tracked': tensor(storage('Long', 'count', 1), [], []) };
  const model = Object.fromEntries([...pickled, ...('bn1.weight' in tensors ? Object.entries(counters) : [])]);
  const storages = Object.fromEntries(entries.map(([, { data }], index) => [`${index}`, data]));
  const count = new Float32Array(BigInt64Array.of(7n).buffer);
  return zipCheckpoint(dict({ state_dict: dict(model), epoch: int(3) }), { ...storages, count });
}

/** timm's names: one bias of queries, keys and values. */
function timmVit(parameters: Readonly<HostParameters>): HostParameters {
  const { 'blocks.0.attn.q_bias': q, 'blocks.0.attn.v_bias': v, ...others } = parameters;
  const bias = Float32Array.from([...q!.data, ...q!.data.map((_, i) => i), ...v!.data]);
  return { ...others, 'blocks.0.attn.qkv.bias': { shape: [bias.length], data: bias } };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-export-options-'));
  const model = initialModel(VIT, 1).parameters;
  const { pos_embed: _, ...averaged } = model;
  const ema = Object.fromEntries(
    Object.entries(averaged).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value) => value + 0.1) },
    ]),
  );
  // As fine-tuning writes it: the number of classes may be left to the data.
  const { numClasses: __, ...config } = VIT;
  const state = { config: { kind: 'finetune', model: config }, model, step: 10, epoch: 2, seed: 1 };
  await writeCheckpoint(at('finetuned.safetensors'), state);
  await writeCheckpoint(at('averaged.safetensors'), { ...state, ema });
  const { 'norm.weight': ___, ...incomplete } = ema;
  await writeCheckpoint(at('incomplete.safetensors'), { ...state, ema: incomplete });
  const task = { filter: 'mfm', maskRadius1: 2, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' };
  await writeFile(at('pretext.json'), JSON.stringify({ ...LEARNT, numClasses: undefined, task }));
  const timm = timmVit(initialModel(LEARNT, 2).parameters);
  await writeFile(at('timm.pth'), stateDictFile(timm));
  const { 'head.weight': ____, 'head.bias': _____, ...headless } = timm;
  await writeFile(at('headless.pth'), stateDictFile(headless));
  await writeFile(at('odd.pth'), stateDictFile({ ...timm, dist_token: timm.cls_token! }));
  await writeFile(at('cut.pth'), stateDictFile(timm).subarray(0, 900));
  await writeFile(at('resnet.pth'), stateDictFile(initialModel(RESNET, 3).parameters));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const exported = async (file: string) => readModel(await readFile(at(file)));

describe('pnpm export of a fine-tuned checkpoint', () => {
  it('writes the classifier of the last step, or that of the moving average', async () => {
    const last = await runExport('--checkpoint', at('averaged.safetensors'), '--safetensors', at('last.safetensors'));
    expect(last).toMatchObject({ code: 0, stdout: expect.stringContaining('PyTorch state dict') });
    const averaged = ['--checkpoint', at('averaged.safetensors'), '--ema'];
    expect((await runExport(...averaged, '--safetensors', at('ema.safetensors'))).code).toBe(0);
    const [{ tensors: a }, { tensors: b }] = (await Promise.all(
      ['last.safetensors', 'ema.safetensors'].map((file) => readSafetensors(at(file))),
    )) as [Awaited<ReturnType<typeof readSafetensors>>, Awaited<ReturnType<typeof readSafetensors>>];
    expect(Object.keys(b)).toEqual(Object.keys(a));
    for (const [name, { data }] of Object.entries(a)) {
      const expected = Float32Array.from(data as Float32Array, (value) => value + (name === 'pos_embed' ? 0 : 0.1));
      expect(b[name]!.data).toEqual(expected);
    }
  });

  it('says in the metadata that parameters are averaged', async () => {
    const args = [
      '--checkpoint',
      at('averaged.safetensors'),
      '--ema',
      '--head',
      'classifier',
      '--onnx',
      at('ema.onnx'),
    ];
    const { code, stdout } = await runExport(...args, '--json');
    expect(code).toBe(0);
    const { graph, metadata } = await exported('ema.onnx');
    expect(JSON.parse(stdout)).toMatchObject({
      head: 'classifier',
      source: { weights: 'ema' },
      parity: { passed: true },
    });
    expect(metadata).toMatchObject({ head: 'classifier', source_weights: 'ema', source_step: '10', num_classes: '3' });
    expect(graph.outputs.map(({ name }) => name)).toEqual(['logits']);
  });
});

describe("pnpm export of other programs' files", () => {
  it("writes timm's ViT with what its file does not tell", async () => {
    const args = ['--checkpoint', at('timm.pth'), '--heads', '2', '--normalisation', 'half', '--head', 'classifier'];
    expect((await runExport(...args, '--onnx', at('timm.onnx'))).code).toBe(0);
    const { metadata } = await exported('timm.onnx');
    expect(metadata).toMatchObject({
      source_format: 'timm ViT',
      source_epoch: '3',
      mean: '[0.5,0.5,0.5]',
      image_size: '8',
    });
    expect(JSON.parse(metadata.config!).encoder).toMatchObject({
      embedDim: 8,
      numHeads: 2,
      positionEmbedding: 'learnt',
    });
    expect(metadata).not.toHaveProperty('source_weights');
  });

  it("writes torchvision's ResNet for images of any size, and its counters back", async () => {
    const args = ['--checkpoint', at('resnet.pth'), '--image-size', '32'];
    expect((await runExport(...args, '--head', 'classifier', '--onnx', at('resnet.onnx'))).code).toBe(0);
    const { metadata } = await exported('resnet.onnx');
    expect(metadata).toMatchObject({ source_format: 'torchvision or timm ResNet', image_size: '32', num_classes: '3' });
    expect((await runExport(...args, '--safetensors', at('resnet.safetensors'))).code).toBe(0);
    const { tensors } = await readSafetensors(at('resnet.safetensors'));
    expect(tensors['bn1.num_batches_tracked']!.data).toEqual(BigInt64Array.of(7n));
    expect(tensors['fc.weight']!.data).toEqual(initialModel(RESNET, 3).parameters['fc.weight']!.data);
  });
});

describe('pnpm export with bad options', () => {
  const cases: { what: string; args: () => string[]; message: RegExp }[] = [
    { what: 'no format', args: () => ['--checkpoint', at('timm.pth')], message: /add --onnx <file> or --safetensors/ },
    {
      what: 'two formats',
      args: () => ['--checkpoint', at('timm.pth'), '--onnx', at('out.onnx'), '--safetensors', at('out.safetensors')],
      message: /which one format/,
    },
    { what: 'no file', args: () => ['--checkpoint', at('timm.pth'), '--onnx'], message: /name the file to write once/ },
    {
      what: 'heads left open',
      args: () => ['--checkpoint', at('timm.pth'), '--onnx', at('out.onnx')],
      message: /must divide the width 8.*--heads/,
    },
    {
      what: 'heads that do not divide the width',
      args: () => ['--checkpoint', at('timm.pth'), '--heads', '3', '--onnx', at('out.onnx')],
      message: /must divide the width 8, got 3/,
    },
    {
      what: 'an image size that patches do not fill',
      args: () => ['--checkpoint', at('timm.pth'), '--heads', '2', '--image-size', '18', '--onnx', at('out.onnx')],
      message: /imageSize must be a multiple of encoder\.patchSize \(4\), got 18/,
    },
    {
      what: 'classes of a trained model',
      args: () => ['--checkpoint', at('resnet.pth'), '--classes', '7', '--onnx', at('out.onnx')],
      message: /--classes: is for untrained models/,
    },
    {
      what: 'a gradient of a model that does not classify',
      args: () => ['--config', at('pretext.json'), '--init', 'random', '--head', 'gradient', '--onnx', at('out.onnx')],
      message: /"gradient" is for a classifier.*--classes; this model has features, reconstruction and train-step/,
    },
    {
      what: 'a huge image',
      args: () => ['--checkpoint', at('resnet.pth'), '--image-size', '99999', '--onnx', at('out.onnx')],
      message: /image size must be .* up to 4096, got 99999/,
    },
    {
      what: 'an unknown normalisation',
      args: () => ['--checkpoint', at('timm.pth'), '--normalisation', 'halv', '--onnx', at('out.onnx')],
      message: /--normalisation: unknown name "halv"\. Did you mean "half"/,
    },
    {
      what: 'a classifier of a model without a head',
      args: () => [
        '--checkpoint',
        at('headless.pth'),
        '--heads',
        '2',
        '--head',
        'classifier',
        '--onnx',
        at('out.onnx'),
      ],
      message: /"classifier" is for a classifier.*has features/,
    },
    {
      what: 'a tensor that no model has',
      args: () => ['--checkpoint', at('odd.pth'), '--heads', '2', '--safetensors', at('out.safetensors')],
      message: /odd\.pth.*unexpected dist_token/,
    },
    {
      what: 'a truncated .pth',
      args: () => ['--checkpoint', at('cut.pth'), '--heads', '2', '--safetensors', at('out.safetensors')],
      message: /cut\.pth/,
    },
    {
      what: 'a moving average that is not there',
      args: () => ['--checkpoint', at('finetuned.safetensors'), '--ema', '--onnx', at('out.onnx')],
      message: /--ema: .*finetuned\.safetensors: must hold a moving average/,
    },
    {
      what: 'a moving average that is not whole',
      args: () => ['--checkpoint', at('incomplete.safetensors'), '--ema', '--safetensors', at('out.safetensors')],
      message: /moving average.*missing norm\.weight/,
    },
    {
      what: "a moving average of another program's",
      args: () => ['--checkpoint', at('timm.pth'), '--ema', '--heads', '2', '--onnx', at('out.onnx')],
      message: /--ema: .*must be a checkpoint of this project/,
    },
    {
      what: 'a moving average of random parameters',
      args: () => ['--model', 'vit_tiny', '--init', 'random', '--ema', '--onnx', at('out.onnx')],
      message: /--ema: is for the trained parameters/,
    },
  ];

  it.each(cases)('ends with one line, exit code 2 and no file for $what', async ({ args, message }) => {
    const { code, stdout, stderr } = await runExportHere(...args());
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect((await readdir(folder)).filter((name) => name.includes('out.'))).toEqual([]);
  });
});
