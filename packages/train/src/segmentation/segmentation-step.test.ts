import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import { buildSegmenter, type EncoderConfig, segmenterDecayGroup } from '@mfm/models';
import { createEngine } from '../engine/create-engine.ts';
import type { EngineBatch } from '../engine/engine.ts';
import { drawKept } from '../loop/draw-kept.ts';
import { initialState } from '../loop/train-state.ts';
import { buildSegmentationStep } from './segmentation-step.ts';

const [BATCH, SIDE, CLASSES] = [2, 16, 3];
const VIT: EncoderConfig = {
  ...{ type: 'vit', patchSize: 4, embedDim: 8, depth: 2, numHeads: 2, mlpRatio: 2 },
  ...{ qkvBias: true, positionEmbedding: 'learnt' },
};
const segmenter = buildSegmenter({
  ...{ imageSize: SIDE, encoder: VIT, numClasses: CLASSES, dropPathRate: 0.3 },
  ...{ mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
  upernet: { channels: 4, poolScales: [1, 2], auxiliaryChannels: 4, dropout: 0.25 },
});
const step = buildSegmentationStep({
  ...{ segmenter, batchSize: BATCH, accumulationSteps: 1, auxiliaryWeight: 0.4, mean: 'labelled' },
  optimiser: {
    ...{ betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.05, clipGrad: 5 },
    group: segmenterDecayGroup(VIT, 0.5),
  },
});

/** Squares of one class on another, with a border of none: something to learn. */
function batchAt(epoch: number): EngineBatch {
  const random = createRandom(4, epoch);
  const labels = new Uint8Array(BATCH * SIDE * SIDE);
  const pixels = new Uint8Array(labels.length * 3);
  labels.forEach((_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE) % SIDE];
    const label = x >= 4 && x < 12 && y >= 4 && y < 12 ? 1 + Math.floor(i / SIDE ** 2) : 0;
    labels[i] = x === 0 || y === 0 ? 255 : label;
    for (let c = 0; c < 3; c++) pixels[3 * i + c] = 80 * label + random.integer(60);
  });
  const indices = Int32Array.of(2 * epoch, 2 * epoch + 1);
  const key = { seed: 1, epoch, indices };
  const { dropPathRates } = segmenter.encoder;
  return {
    ...{ pixels, labels },
    dropout: drawKept(new Array<number>(segmenter.dropoutChannels).fill(0.25), 'dropout', key),
    dropPath: drawKept(dropPathRates, 'dropPath', key),
  };
}

async function train(kind: 'onnxruntime' | 'tfjs', steps: number) {
  const initial = initialState(segmenter.parameters, 3);
  const engine = await createEngine({ kind, step, initial, accumulationSteps: 1, device: 'cpu', threads: 1 });
  const losses: number[] = [];
  for (let n = 0; n < steps; n++) {
    const { loss } = await engine.step(
      batchAt(n),
      step.lrScales.map((scale) => 5e-3 * scale),
    );
    losses.push(loss);
  }
  const state = await engine.readState();
  await engine.close();
  return { losses, state };
}

describe('the segmentation step', () => {
  it('is the same eagerly and compiled', async () => {
    const [eager, compiled] = [await train('tfjs', 3), await train('onnxruntime', 3)];
    expect(compiled.losses).toBeAllclose(eager.losses, { rtol: 1e-4, atol: 0 });
    const moments = Object.entries(eager.state.expAvg);
    const largest = Math.max(...moments.map(([, values]) => Math.max(...values.map(Math.abs))));
    for (const [name, values] of moments) {
      // Normalisations over few cells lose digits; what is left of a gradient of zero is measured by the largest one.
      expect(compiled.state.expAvg[name]!).toBeAllclose(values, { rtol: 1e-3, atol: 1e-5 * largest });
    }
  });

  it('learns, with a rate for every layer', async () => {
    expect(step.lrScales).toEqual([1, 0.5, 0.25, 0.125]);
    const { losses } = await train('onnxruntime', 60);
    // log 3 for each head, the second counting 0.4, is what guessing gives: 1.54.
    expect(losses[0]!).toBeGreaterThan(1.2);
    expect(losses.at(-1)!).toBeLessThan(0.9);
  });
});
