import { describe, expect, it } from '@jest/globals';
import { chooseParts } from './vector-part.ts';

const outputs = ['cls_token', 'cls_token_block_10', 'cls_token_block_9', 'mean_pooled_block_9'].map((name) => ({
  ...{ name, type: 'float32' as const, shape: ['batch', 4] },
}));
const namesOf = (wanted: string) => chooseParts(outputs, 'm.onnx', [wanted], '').map(({ output }) => output);

describe('chooseParts', () => {
  it('takes every output that begins as a name with a star, in the order of their numbers', () => {
    expect(namesOf('cls_token_block_*')).toEqual(['cls_token_block_9', 'cls_token_block_10']);
    expect(namesOf('mean_pooled_block_*,cls_token')).toEqual(['mean_pooled_block_9', 'cls_token']);
  });

  it('names a star that stands for none', () => {
    expect(() => namesOf('stage_*')).toThrow('m.onnx must have the output "stage_*", got cls_token [batch, 4]');
  });
});
