import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import type { HostParameters } from '../checkpoint/checkpoint.ts';
import { buildClassifier } from '../classifier/classifier.ts';
import type { EncoderConfig } from '../encoder/encoder-table.ts';
import { initParameters } from '../parameters/init-parameters.ts';
import { buildPretext } from '../pretext/pretext.ts';
import type { VitConfig } from '../vit/vit-config.ts';
import { loadPretrained } from './load-pretrained.ts';

const ENCODER: VitConfig = {
  ...{ type: 'vit', patchSize: 4, embedDim: 8, depth: 2, numHeads: 2, mlpRatio: 2 },
  ...{ qkvBias: true, positionEmbedding: 'learnt' },
};
const NORMALISATION = { mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] };

/** A checkpoint of pre-training, with values that differ from those a classifier begins with. */
function pretrained(encoder: EncoderConfig, imageSize = 16): HostParameters {
  const task = { filter: 'mfm', maskRadius1: 2, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' } as const;
  const values = initParameters(buildPretext({ imageSize, encoder, task, ...NORMALISATION }).parameters, 1);
  const changed = Object.entries(values).map(([name, { shape, data }]) => [
    name,
    { shape, data: data.map((value, index) => value + (index % 7)) },
  ]);
  return Object.fromEntries(changed);
}

function load(encoder: EncoderConfig, state: HostParameters, imageSize = 16, resizePositionEmbedding = false) {
  const model = buildClassifier({ imageSize, encoder, numClasses: 3, ...NORMALISATION });
  const initial = initParameters(model.parameters, 0);
  return { ...loadPretrained(model, state, { initial, resizePositionEmbedding }), initial };
}

describe('loadPretrained', () => {
  it('takes the encoder’s part, keeps what is missing as it was, and reports both sides', () => {
    const state = pretrained(ENCODER);
    const { parameters, initial, missing, unexpected } = load(ENCODER, state);
    expect(missing).toEqual(['fc_norm.weight', 'fc_norm.bias', 'head.weight', 'head.bias']);
    expect(unexpected).toEqual(['norm.weight', 'norm.bias']);
    expect(Object.keys(parameters)).toEqual(Object.keys(initial));
    expect(parameters['blocks.1.mlp.fc1.weight']).toEqual(state['encoder.blocks.1.mlp.fc1.weight']);
    expect(parameters['head.weight']).toEqual(initial['head.weight']);
  });

  it('loads a classifier’s own state whole', () => {
    const first = load(ENCODER, pretrained(ENCODER));
    const again = load(ENCODER, first.parameters);
    expect(again).toMatchObject({ parameters: first.parameters, missing: [], unexpected: [] });
  });

  it('copies a shared table to every block, resizes it, and counts index tables as missing', () => {
    const encoder: VitConfig = { ...ENCODER, relativePositionBias: 'shared', positionEmbedding: 'none' };
    const state = pretrained(encoder);
    const { parameters, missing, unexpected, log } = load({ ...encoder, relativePositionBias: 'block' }, state, 24);
    const [first, second] = [0, 1].map((block) => parameters[`blocks.${block}.attn.relative_position_bias_table`]!);
    expect(first!.shape).toEqual([124, 2]);
    expect(second).toEqual(first);
    // The offset (0, 0), and the class token's rows.
    const shared = state['encoder.rel_pos_bias.relative_position_bias_table']!.data;
    expect(first!.data[2 * 60]).toBeCloseTo(shared[2 * 24]!, 5);
    expect(first!.data.slice(-6)).toEqual(shared.slice(-6));
    expect(missing).toContain('blocks.1.attn.relative_position_index');
    expect(unexpected).toEqual(['norm.weight', 'norm.bias']);
    expect(log.join('\n')).toMatch(/blocks\.0\.attn\.relative_position_bias_table: resized from 7 to 11/);
  });

  it('resizes a position embedding of another grid only where told', () => {
    const state = pretrained(ENCODER);
    expect(() => load(ENCODER, state, 24)).toThrow(UserError);
    expect(() => load(ENCODER, state, 24)).toThrow(/pos_embed must have the shape \[1,37,8\].*--resize-position-embed/);
    const { parameters } = load(ENCODER, state, 24, true);
    expect(parameters.pos_embed!.shape).toEqual([1, 37, 8]);
    expect(parameters.pos_embed!.data.slice(0, 8)).toEqual(state['encoder.pos_embed']!.data.slice(0, 8));
  });

  it('makes a fixed position embedding anew for another grid', () => {
    const encoder: VitConfig = { ...ENCODER, positionEmbedding: 'sincos' };
    const { parameters, initial } = load(encoder, pretrained(encoder), 24, true);
    expect(parameters.pos_embed).toEqual(initial.pos_embed);
  });

  it('refuses tables for a model without', () => {
    const encoder: VitConfig = { ...ENCODER, relativePositionBias: 'block' };
    expect(() => load(ENCODER, pretrained(encoder))).toThrow(/relative position table "blocks\.0\..*got none\. Set/);
  });

  it('loads a ResNet’s running statistics, and expects its counters', () => {
    const encoder: EncoderConfig = {
      ...{ type: 'resnet', block: 'basic', layers: [1, 1, 1, 1], channels: [4, 4, 4, 4], stem: 4 },
    };
    const counter: HostParameters = { 'encoder.bn1.num_batches_tracked': { shape: [], data: Float32Array.of(9) } };
    const state: HostParameters = { ...pretrained(encoder, 32), ...counter };
    const { parameters, missing, unexpected } = load(encoder, state, 32);
    expect([missing, unexpected]).toEqual([['fc.weight', 'fc.bias'], []]);
    expect(parameters['layer3.0.bn2.running_var']).toEqual(state['encoder.layer3.0.bn2.running_var']);
    expect(parameters).not.toHaveProperty(['bn1.num_batches_tracked']);
  });

  it('resizes a Swin’s tables to another window, all of their rows', () => {
    const swin = (windowSize: number): EncoderConfig => ({
      ...{
        type: 'swin',
        patchSize: 4,
        embedDim: 4,
        depths: [2],
        numHeads: [2],
        windowSize,
        mlpRatio: 2,
        qkvBias: true,
      },
    });
    const state = pretrained(swin(4), 32);
    const { parameters, missing, unexpected } = load(swin(8), state, 64);
    const name = 'layers.0.blocks.1.attn.relative_position_bias_table';
    expect(parameters[name]!.shape).toEqual([225, 2]);
    // The offset (0, 0) in the middle of 7 × 7 and of 15 × 15.
    expect(parameters[name]!.data[2 * 112]).toBeCloseTo(state[`encoder.${name}`]!.data[2 * 24]!, 5);
    expect(missing).toEqual(expect.arrayContaining(['head.weight', 'layers.0.blocks.1.attn_mask']));
    expect(unexpected).toEqual([]);
  });

  it('refuses another width, and a checkpoint of something else', () => {
    const state = pretrained({ ...ENCODER, embedDim: 16 });
    expect(() => load(ENCODER, state)).toThrow(/cls_token must have the shape \[1,1,8\].*got \[1,1,16\]/);
    const other = { 'layer1.0.conv1.weight': { shape: [1], data: new Float32Array(1) } };
    expect(() => load(ENCODER, other)).toThrow(/must hold weights of a vit, got layer1\.0\.conv1\.weight/);
    expect(() => load(ENCODER, {})).toThrow(/got none/);
  });
});
