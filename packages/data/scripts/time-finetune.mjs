// Times the fine-tuning transform on one thread, ms per image: node packages/data/scripts/time-finetune.mjs [size] [images]
import { applyTransform, createRandom, finetuneTransform, mixBatch, randAugment, trainTransform } from '@mfm/data';

const [size = 224, images = 400] = process.argv.slice(2).map(Number);
const photo = { width: 500, height: 375, pixels: new Uint8Array(500 * 375 * 3) };
photo.pixels.forEach((_, i) => {
  photo.pixels[i] = (i * 7 + ((i * i) >> 5)) & 255;
});
const crop = { pixels: photo.pixels.slice(0, size * size * 3), width: size, height: size };
const finetune = finetuneTransform(size, { padding: null });
const settings = { interpolation: 'bicubic', fill: finetune.fill };
const batch = new Float32Array(8 * 3 * size * size);
const labels = Int32Array.from({ length: 8 }, (_, n) => n);

const TASKS = {
  'random resized crop and flip': (i) => applyTransform(photo, trainTransform(size), { seed: 0, epoch: 0, sample: i }),
  RandAugment: (i) => randAugment(crop, finetune.randAugment, settings, createRandom(0, 0, i)),
  'fine-tuning transform': (i) => applyTransform(photo, finetune, { seed: 0, epoch: 0, sample: i }),
  'mixup or cutmix, batch of 8 (per batch)': (i) => mixBatch(batch, labels, { classes: 1000 }, createRandom(0, 0, i)),
};

for (const [name, task] of Object.entries(TASKS)) {
  for (let i = 0; i < images / 4; i++) task(i);
  const began = performance.now();
  for (let i = 0; i < images; i++) task(i);
  process.stdout.write(`${name.padEnd(42)} ${((performance.now() - began) / images).toFixed(2)} ms\n`);
}
