import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';

// Run by "pnpm test:tensorflow", which builds the binding first. TensorFlow lives in child processes: it cannot be unloaded.

const file = (name: string) => fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mfm-tensorflow-'));
afterAll(() => rmSync(folder, { recursive: true }));

const STEPS_WITH_MEMORY = `
  const { buildPretext, isDecayed } = await import('@mfm/models');
  const tf = await import('@tensorflow/tfjs-core');
  const { createEngine, buildPretrainStep, initialState, singleRate } = await import(process.argv[1]);
  const model = buildPretext({
    imageSize: 16,
    encoder: { type: 'vit', patchSize: 4, embedDim: 24, depth: 2, numHeads: 3, mlpRatio: 4, qkvBias: true, positionEmbedding: 'learnt' },
    task: { filter: 'mfm', maskRadius1: 3, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
    mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25],
  });
  const optimiser = { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.05, clipGrad: 3, group: singleRate(isDecayed) };
  const step = buildPretrainStep({ model, batchSize: 2, accumulationSteps: 1, optimiser });
  const engine = await createEngine({ kind: 'tensorflow', device: 'auto', step, initial: initialState(model.parameters, 1), accumulationSteps: 1 });
  const batch = { pixels: new Uint8Array(2 * 16 * 16 * 3).map((_, i) => i * 7), mask: new Uint8Array(2 * 16 * 16).map((_, i) => i % 3 === 0 ? 1 : 0) };
  const seen = [];
  for (let i = 0; i < 6; i++) {
    await engine.step(batch, [1e-3]);
    const { numTensors, numBytes } = tf.memory();
    seen.push([numTensors, numBytes]);
  }
  await engine.close();
  console.log(JSON.stringify({ backend: tf.getBackend(), seen, left: tf.memory().numTensors }));
`;

describe('--engine tensorflow', () => {
  it('keeps its memory flat from step to step, and frees it', () => {
    const args = ['--input-type=module', '--eval', STEPS_WITH_MEMORY, file('index.js')];
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const { backend, seen, left } = JSON.parse(
      execFileSync(process.execPath, args, { encoding: 'utf8', cwd }).trim().split('\n').at(-1)!,
    );
    expect(backend).toBe('tensorflow');
    for (const memory of seen.slice(1)) expect(memory).toEqual(seen[0]);
    expect(left).toBeLessThan(seen[0][0] / 10);
  });

  it('trains through the command, to the same losses as the compiled engine', () => {
    const losses = (engine: string) => {
      const out = join(folder, engine);
      const args = [
        '--preset',
        'mfm_pretrain__vit_cifar10',
        '--data',
        'synthetic:64',
        '--epochs',
        '2',
        '--batch-size',
        '16',
      ];
      const encoder = [
        '--set',
        'model.encoder.depth=2',
        '--set',
        'model.encoder.embedDim=48',
        '--set',
        'schedule.warmupEpochs=0',
      ];
      const command = [file('cli.js'), ...args, ...encoder, '--engine', engine, '--out', out, '--workers', '0'];
      const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
      expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
      const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n');
      return lines.map((line) => (JSON.parse(line) as { loss: number }).loss);
    };
    const tensorflow = losses('tensorflow');
    expect(tensorflow).toHaveLength(8);
    expect(tensorflow.at(-1)!).toBeLessThan(tensorflow[0]!);
    expect(tensorflow).toBeAllclose(losses('onnxruntime'), { rtol: 1e-4, atol: 0 });
  });
});
