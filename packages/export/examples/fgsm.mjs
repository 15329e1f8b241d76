// One step of the fast gradient sign method (Goodfellow et al. 2015) with a model that `pnpm export --head gradient` wrote, with
// onnxruntime-node and nothing else: x + ε · sign(d loss / d x).
//
//   pnpm export --checkpoint runs/finetune --head gradient --onnx gradient.onnx
//   node packages/export/examples/fgsm.mjs gradient.onnx
import { InferenceSession, Tensor } from 'onnxruntime-node';

const [modelPath, strength = '4'] = process.argv.slice(2);
const session = await InferenceSession.create(modelPath);
const [, , side] = session.inputMetadata.find(({ name }) => name === 'pixel_values').shape;

// ImageNet's, as the model's metadata have them under mean and std.
const [mean, std] = [
  [0.485, 0.456, 0.406],
  [0.229, 0.224, 0.225],
];
const plane = side * side;
const channel = (i) => Math.floor(i / plane) % 3;
const image = Float32Array.from({ length: 3 * plane }, (_, i) => 0.5 + 0.4 * Math.sin(i / 7) * Math.cos(i / side));
const normalised = image.map((value, i) => (value - mean[channel(i)]) / std[channel(i)]);

const run = (pixels, label) =>
  session.run({
    pixel_values: new Tensor('float32', pixels, [1, 3, side, side]),
    labels: new Tensor('int64', BigInt64Array.of(BigInt(label)), [1]),
  });
const best = ({ logits }) => logits.data.indexOf(Math.max(...logits.data));

// What the model says of the clean image is what the attack wants it to stop saying. A label that is no class asks for nothing but logits.
const label = best(await run(normalised, -1));
const clean = await run(normalised, label);
const epsilon = Number(strength) / 255;
const attacked = normalised.map((value, i) => {
  const [low, high] = [(0 - mean[channel(i)]) / std[channel(i)], (1 - mean[channel(i)]) / std[channel(i)]];
  const moved = value + (epsilon / std[channel(i)]) * Math.sign(clean.gradient.data[i]);
  return Math.min(high, Math.max(low, moved));
});
const after = await run(attacked, label);
console.log(JSON.stringify({ label, loss: [clean.loss.data[0], after.loss.data[0]], labelAfter: best(after) }));
