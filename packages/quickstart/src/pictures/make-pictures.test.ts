import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openDataset } from '@mfm/data';
import { readPreprocessing } from '@mfm/eval';
import { exportModel, initialModel } from '@mfm/export';
import { openSession } from '@mfm/onnx';
import { resolveConfig } from '@mfm/train';
import sharp from 'sharp';
import { makePictures } from './make-pictures.ts';

const config = async () => {
  const overrides = ['model.encoder.depth=1', 'model.encoder.embedDim=24', 'model.mean=[0.1,0.2,0.3]'];
  return (await resolveConfig({ preset: 'mfm_pretrain__vit_quickstart', overrides })).model;
};

describe('what export writes', () => {
  it('tells eval how to prepare images', async () => {
    const model = await config();
    const { bytes } = await exportModel(initialModel(model, 0), { batchSizes: [1] });
    const session = await openSession(bytes);
    const preprocessing = readPreprocessing(session, 'model.onnx');
    await session.close();
    expect(preprocessing).toEqual({
      input: 'pixel_values',
      encoding: 'normalized',
      imageSize: 32,
      resize: 32,
      interpolation: 'bicubic',
      mean: [0.1, 0.2, 0.3],
      std: model.std,
    });
  });
});

describe('makePictures', () => {
  it('draws each picture as a PNG; the low-pass spectrum is dark outside the disc', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mfm-pictures-'));
    const dataset = await openDataset('synthetic:20', { split: 'test', imageSize: 32 });
    try {
      const model = join(folder, 'reconstruction.onnx');
      const { bytes } = await exportModel(initialModel(await config(), 0), { head: 'reconstruction', batchSizes: [1] });
      await writeFile(model, bytes);
      const options = { model, imageSize: 32, maskRadius1: 6, maskRadius2: 999 };
      const [row] = await makePictures(dataset, [3], options);
      expect(row!.name).toBe('star');
      const decode = async (uri: string) => {
        const { data, info } = await sharp(Buffer.from(uri.split(',')[1]!, 'base64'))
          .removeAlpha()
          .raw()
          .toBuffer({ resolveWithObject: true });
        return {
          at: (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)],
          side: info.width,
        };
      };
      const spectrum = await decode(row!.lowPass.inputSpectrum);
      const brightness = (x: number, y: number) => spectrum.at(x, y).reduce((a, b) => a + b, 0);
      expect(spectrum.side).toBe(128);
      expect(brightness(66, 66)).toBeGreaterThan(brightness(4, 4) + 200);
      // Its original holds high frequencies that the low-pass input does not.
      const original = await decode(row!.spectrum);
      expect(original.at(110, 66)).not.toEqual(spectrum.at(110, 66));
    } finally {
      await dataset.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
