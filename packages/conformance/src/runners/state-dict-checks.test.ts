import { describe, expect, it } from '@jest/globals';
import { type ClassifierConfig, modelTensors } from '@mfm/models';
import { passes } from '../check/check.ts';
import type { DescribedTensors } from './infer-config.ts';
import { stateDictChecks } from './state-dict-checks.ts';

const RESNET: ClassifierConfig = {
  ...{ imageSize: 32, numClasses: 3, mean: [0, 0, 0], std: [1, 1, 1] },
  encoder: { type: 'resnet', block: 'basic', layers: [1, 1, 1, 1], channels: [4, 4, 4, 4], stem: 4 },
};
const COUNTER = 'bn1.num_batches_tracked';

function described(): Record<string, DescribedTensors[string]> {
  const { parameters, buffers } = modelTensors(RESNET);
  return Object.fromEntries([
    ...parameters.map(({ name, shape }) => [name, { shape: [...shape] }] as const),
    ...buffers.map(({ name }) => [name, { shape: [], dtype: 'torch.int64' }] as const),
  ]);
}

const isRight = (expected: DescribedTensors) => stateDictChecks(RESNET, expected).every(passes);

describe('stateDictChecks', () => {
  it('fails for a name, a shape or a type that is another', () => {
    const right = described();
    expect(isRight(right)).toBe(true);
    const { [COUNTER]: _, ...without } = right;
    expect(isRight(without)).toBe(false);
    expect(isRight({ ...right, more: { shape: [1] } })).toBe(false);
    expect(isRight({ ...right, [COUNTER]: { shape: [] } })).toBe(false);
    expect(isRight({ ...right, 'conv1.weight': { shape: [4, 3, 49] } })).toBe(false);
  });
});
