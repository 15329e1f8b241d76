import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import { type ExportOptions, exportModel, type ModelWithParameters } from '@mfm/export';
import { attackImages, findAttack, type ImageShape, resolveSettings } from '@mfm/robustness';
import { openScoredModel, tinyClassifier } from '../testing/tiny-classifiers.ts';
import { attackedClassifier, floatClassifier, type ScoredModel } from './attacked-classifier.ts';
import { type GradientModel, openGradientModel, usualBatch } from './gradient-model.ts';

const NAMES = ['vit', 'resnet'] as const;
const LABELS = Int32Array.of(3, 0, 4);

let folder: string;
const gradients: Partial<Record<(typeof NAMES)[number], GradientModel>> = {};
let classifier: Awaited<ReturnType<typeof openScoredModel>>;

async function write(name: string, model: ModelWithParameters, options: ExportOptions): Promise<string> {
  const path = join(folder, `${name}.onnx`);
  const { bytes } = await exportModel(model, { ...(options.batch ? {} : { batchSizes: [1] }), ...options });
  await writeFile(path, bytes);
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-gradient-'));
  for (const name of NAMES) {
    gradients[name] = await openGradientModel(await write(name, tinyClassifier(name), { head: 'gradient' }));
  }
  classifier = await openScoredModel(await write('classifier', tinyClassifier('vit'), { head: 'classifier' }));
});

afterAll(async () => {
  for (const model of Object.values(gradients)) await model.close();
  await classifier.close();
  await rm(folder, { recursive: true, force: true });
});

function imagesOf(side: number): { images: Float32Array; shape: ImageShape } {
  const random = createRandom(4, 'images');
  return { images: Float32Array.from({ length: 9 * side * side }, () => random.uniform()), shape: [3, 3, side, side] };
}

describe('a gradient model', () => {
  it.each(NAMES)('of a %s equals finite differences, in images of [0, 1], channel by channel', async (name) => {
    const model = gradients[name]!;
    const side = model.preprocessing.imageSize;
    const { images, shape } = imagesOf(side);
    const { gradient } = await model.gradient(images, shape, LABELS);
    const step = 1e-3;
    for (const channel of [0, 1, 2]) {
      const isOwn = (i: number) => Math.floor(i / (side * side)) % 3 === channel;
      const moved = (by: number) => images.map((value, i) => value + (isOwn(i) ? by * Math.sign(gradient[i]!) : 0));
      const above = await model.gradient(moved(step), shape, LABELS);
      const below = await model.gradient(moved(-step), shape, LABELS);
      for (const i of LABELS.keys()) {
        const own = gradient.subarray(i * 3 * side * side, (i + 1) * 3 * side * side).filter((_, k) => isOwn(k));
        const slope = own.reduce((sum, value) => sum + Math.abs(value), 0);
        expect(slope).toBeGreaterThan(1e-3);
        // Losses are float32, rounded to 1e-7: 1e-4 after the division by the step. Units of a ReLU switch on the way.
        const difference = (above.loss[i]! - below.loss[i]!) / (2 * step);
        expect([difference]).toBeAllclose([slope], { rtol: 2e-2, atol: 2e-4 });
      }
    }
  });

  it('gives the same in parts, and in a file of one batch size', async () => {
    const { images, shape } = imagesOf(16);
    const whole = await gradients.vit!.gradient(images, shape, LABELS);
    const fixed = await openGradientModel(await write('fixed', tinyClassifier('vit'), { head: 'gradient', batch: 2 }));
    const small = await openGradientModel(gradients.vit!.path, { batchSize: 2 });
    for (const other of [fixed, small]) {
      expect(other.batchSize).toBe(2);
      const parts = await other.gradient(images, shape, LABELS);
      for (const key of ['logits', 'loss', 'gradient'] as const) {
        // Products of other lengths sum in another order.
        expect(parts[key]).toBeAllclose(whole[key], { rtol: 1e-4, atol: 1e-5 });
      }
      await other.close();
    }
  });

  it('leads uphill: FGSM and PGD raise the loss of the classifier', async () => {
    const { images, shape } = imagesOf(16);
    const attacked = await attackedClassifier(classifier, gradients.vit!);
    const batch = { images, shape, labels: LABELS, indices: Int32Array.of(0, 1, 2) };
    const before = await gradients.vit!.gradient(images, shape, LABELS);
    for (const name of ['fgsm', 'pgd']) {
      const settings = resolveSettings(findAttack(name), { epsilon: 0.02 }, 16);
      const found = await attackImages(findAttack(name), attacked, batch, settings);
      const { loss, logits } = await gradients.vit!.gradient(found.images, shape, LABELS);
      expect(await attacked.logits(found.images, shape)).toBeAllclose(logits, { rtol: 1e-4, atol: 1e-4 });
      for (const i of LABELS.keys()) expect(loss[i]).toBeGreaterThan(before.loss[i]! + 1e-5);
    }
  });

  it('takes more small images at once than large ones', () => {
    expect([16, 32, 64, 224, 384, 2000].map(usualBatch)).toEqual([128, 128, 128, 16, 5, 1]);
  });
});

describe('a gradient model that does not fit', () => {
  /** What is thrown or warned of. */
  async function complaint(model: Partial<ScoredModel>, metadata: Record<string, string> = {}) {
    const warnings: string[] = [];
    const other = { ...gradients.vit!, metadata };
    const outcome = await attackedClassifier({ ...classifier, ...model }, other, (text) => warnings.push(text)).catch(
      String,
    );
    return typeof outcome === 'string' ? outcome : warnings.join();
  }
  const otherScores: Partial<ScoredModel> = {
    scores: async (batch) => (await classifier.scores(batch)).map((score) => score * 1.01),
  };

  it('is refused for other scores, classes or images', async () => {
    expect(await complaint({})).toBe('');
    expect(await complaint(otherScores)).toMatch(
      /--gradient-model: .*for the scores of one image: they differ by .*--head gradient/,
    );
    expect(await complaint({ classes: 4 })).toMatch('the number of classes: 4 and 5');
    const preprocessing = { ...classifier.preprocessing, imageSize: 32 };
    expect(await complaint({ preprocessing })).toMatch('the image size: 32 and 16');
  });

  it('is refused for another checkpoint, and for the same in other precision is warned of', async () => {
    const [a, b] = [{ source_sha256: 'a1' }, { source_sha256: 'b2' }];
    expect(await complaint({ metadata: a }, a)).toBe('');
    expect(await complaint({ metadata: b }, a)).toMatch('the checkpoint they were written from (sha256): b2 and a1');
    const averaged = { ...a, source_weights: 'ema' };
    expect(await complaint({ metadata: averaged }, a)).toMatch('the parameters (moving average or not): ema and none');
    const half = { ...a, precision: 'fp16' };
    expect(await complaint({ ...otherScores, metadata: half }, a)).toMatch(
      /of one checkpoint, but their scores differ by .*fp16/,
    );
  });

  it('is told by its inputs and outputs', async () => {
    await expect(openGradientModel(classifier.path)).rejects.toThrow(
      /must have the inputs .*labels int64.*got pixel_values float32.*→ logits.*--head gradient/,
    );
    await expect(openGradientModel(join(folder, 'none.onnx'))).rejects.toThrow('must exist');
    const preprocessing = { ...classifier.preprocessing, encoding: 'pixels' as const };
    expect(() => floatClassifier({ ...classifier, preprocessing })).toThrow(
      /must take float32 images, got uint8 pixels.*without --normalize/,
    );
  });
});
