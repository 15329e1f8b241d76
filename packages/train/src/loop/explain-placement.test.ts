import { describe, expect, it } from '@jest/globals';
import { parsePretrainConfig } from '../config/parse-config.ts';
import { findPreset } from '../presets/presets.ts';
import { explainPlacement } from './explain-placement.ts';

function config(engine: 'onnxruntime' | 'tfjs') {
  const { config: preset } = findPreset('mfm_pretrain__vit_quickstart');
  const data = { ...preset.data, path: 'synthetic:16', workers: 0 };
  return parsePretrainConfig({ ...preset, data, engine, batchSize: 4, device: 'cpu' }, 'test');
}

describe('explainPlacement', () => {
  it('counts the operators of one training step by provider', async () => {
    const placements = await explainPlacement(config('onnxruntime'));
    expect(new Set(placements.map(({ provider }) => provider))).toEqual(new Set(['cpu']));
    const runs = Object.fromEntries(placements.map(({ op, runs: count }) => [op, count]));
    // A block has four weights: each a product forward and one backward for its gradient at least.
    expect(runs.Gemm).toBeGreaterThan(20);
    expect(runs.Softmax).toBeGreaterThan(0);
  });

  it('is for the compiled engine', async () => {
    await expect(explainPlacement(config('tfjs'))).rejects.toThrow('needs --engine onnxruntime, got "tfjs"');
  });
});
