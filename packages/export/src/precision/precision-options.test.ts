import { describe, expect, it } from '@jest/globals';
import { buildModel } from '../built-model.ts';
import { HEADS } from '../heads/head-table.ts';
import { judgePrecision, precisionOptions, requireOwnOnnx } from './precision-command.ts';
import { openReduction, type PrecisionReport } from './reduce-precision.ts';

describe('precisionOptions', () => {
  it.each([
    [{ precision: 'int8' }, '--precision int8: needs images'],
    [{ precision: 'int8', calibrate: 'x', calibration: 'entropie' }, 'Did you mean "entropy"'],
    [{ precision: 'fp16', calibrationImages: 5 }, '--calibration-images: is for --precision int8, got fp16'],
    [{ precision: 'fp32', compare: 'x' }, '--compare: is for --precision fp16 and int8'],
    [{ precision: 'fp32', strict: true }, '--strict: is for --precision fp16 and int8'],
  ])('refuses %j', (args, message) => {
    expect(() => precisionOptions(args)).toThrow(message);
  });

  it('reads a list of what stays float32', () => {
    expect(precisionOptions({ precision: 'int8', calibrate: 'x', keepFloat: 'head, patch_embed' }).keep).toEqual([
      'head',
      'patch_embed',
    ]);
  });
});

describe('requireOwnOnnx', () => {
  it('refuses other formats and other programs’ models', () => {
    expect(() => requireOwnOnnx({ precision: 'fp16' }, { format: 'safetensors', tfjs: undefined })).toThrow(
      '--safetensors',
    );
    expect(() => requireOwnOnnx({ precision: 'int8' }, { format: 'onnx', tfjs: 'model.json' })).toThrow('--tfjs');
    expect(() => requireOwnOnnx({ precision: 'fp32' }, { format: 'onnx', tfjs: 'model.json' })).not.toThrow();
  });
});

describe('judgePrecision', () => {
  const report: PrecisionReport = {
    ...{ precision: 'int8', summary: '', details: {}, float32Bytes: 1, comparedOn: 'photos', images: 10, outputs: [] },
    ...{ agreement: 0.9, warnings: ['the most likely class should agree'] },
  };

  it('fails with --strict where it warns otherwise, and says nothing of a good file', () => {
    expect(() => judgePrecision(report, true)).toThrow(
      '--strict: int8 differs much from float32 on photos: the most likely class should agree. Nothing was written.',
    );
    expect(() => judgePrecision({ ...report, warnings: [] }, true)).not.toThrow();
  });
});

describe('openReduction', () => {
  it('refuses heads that are fed with more than images', async () => {
    const model = buildModel({
      ...{ imageSize: 8, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], numClasses: 3, dropPathRate: 0 },
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
    });
    const head = await HEADS.gradient!.graph();
    await expect(openReduction({ model, head, headName: 'gradient' }, { precision: 'fp16' })).rejects.toThrow(
      '--precision: "gradient" must stay fp32, for its input "labels" belongs to training',
    );
  });
});
