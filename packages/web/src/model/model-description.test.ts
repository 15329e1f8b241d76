import { describe, expect, it } from '@jest/globals';
import { traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { describeModel } from './model-description.ts';
import { readMetadata } from './read-metadata.ts';

const METADATA = {
  mean: '[0.1,0.2,0.3]',
  std: '[0.4,0.5,0.6]',
  resize: '256',
  source: 'checkpoint',
  source_step: '1250',
  config: JSON.stringify({
    encoder: { type: 'vit', embedDim: 96, depth: 4, patchSize: 4 },
    task: { maskRadius1: 6, maskRadius2: 999, sampleRatio: 0.3 },
  }),
};

describe('describeModel', () => {
  it('reads what an exported file says', () => {
    expect(describeModel(METADATA, ['batch', 3, 32, 32])).toEqual({
      ...{ imageSize: 32, resize: 256, mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6], maskRadius: 6, lowShare: 0.3 },
      architecture: 'ViT, 96 wide, 4 deep, patches of 4 px, pictures of 32 px',
      training: 'trained for 1,250 steps',
    });
  });

  it('keeps the end of a band, and takes ImageNet’s statistics where a file says nothing', () => {
    const config = JSON.stringify({ task: { maskRadius1: 4, maskRadius2: 10 } });
    const described = describeModel({ config, source: 'random' }, [1, 3, 64, 64]);
    expect(described).toMatchObject({ maskOuterRadius: 10, resize: 64, training: 'untrained: its weights are random' });
    expect(described.mean).toEqual([0.485, 0.456, 0.406]);
  });

  it('refuses images that are not square, and metadata that are not JSON', () => {
    expect(() => describeModel({}, ['batch', 3, 'h', 'w'])).toThrow(/H = W fixed, got \[batch, 3, h, w\]/);
    expect(() => describeModel({ mean: 'x' }, [1, 3, 8, 8])).toThrow(/metadata "mean" must be JSON/);
  });
});

describe('readMetadata', () => {
  const bytes = traceToOnnx(({ x }) => ({ y: tf.square(x!) }), { x: { shape: [2] } }, { metadata: METADATA });

  it('finds what the exporter wrote', () => {
    expect(readMetadata(bytes)).toEqual(METADATA);
  });

  it('says that a file is cut short or no model, or finds nothing wrong', () => {
    expect(() => readMetadata(new TextEncoder().encode('<!doctype html>'))).toThrow(/must be an ONNX model/);
    for (let length = 0; length < bytes.length; length++) {
      try {
        readMetadata(bytes.subarray(0, length));
      } catch (error) {
        expect((error as Error).message).toMatch(/^readMetadata: .* cut short\.$/);
      }
    }
  });
});
