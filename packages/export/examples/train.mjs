// Trains a model that `pnpm export --head train-step` wrote, with onnxruntime-node and nothing else, and saves what it learnt as a checkpoint
// for `pnpm export --checkpoint`.
//
//   pnpm export --model mfm_pretrain__vit_quickstart --init random --head train-step --batch 8 --onnx train.onnx
//   node packages/export/examples/train.mjs train.onnx 50 trained.safetensors
import { readFileSync, writeFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const [modelPath, steps = '50', savePath] = process.argv.slice(2);
const session = await InferenceSession.create(modelPath);
const shapes = Object.fromEntries(session.inputMetadata.map(({ name, shape }) => [name, shape]));
const float = (data, dims) => new Tensor('float32', data, dims);
const size = (dims) => dims.reduce((product, length) => product * length, 1);

// Safetensors: the length of a JSON header, the header, then the tensors' bytes.
const file = new Uint8Array(readFileSync(modelPath.replace(/\.onnx$/, '.safetensors')));
const start = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
const header = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
const read = (name) => {
  const [begin, end] = header[name].data_offsets;
  return new Float32Array(file.slice(start + begin, start + end).buffer);
};

// Parameters begin as the file says, AdamW's moments at zero.
const names = session.inputNames.filter((name) => /^(model|optimizer)\./.test(name));
let state = Object.fromEntries(
  names.map((name) => [name, float(header[name] ? read(name) : new Float32Array(size(shapes[name])), shapes[name])]),
);

// Pictures of waves, and the masks of the paper: a disc of low frequencies kept (1), or all but it, DC in the centre.
const [batch, , side] = shapes.image;
const wave = (i, phase) => 0.5 + 0.25 * Math.sin(i / (3 + phase) + phase) + 0.25 * Math.sin((i / side) * (1 + phase));
const picture = () => {
  const phase = 3 * Math.random();
  return Float32Array.from({ length: 3 * side * side }, (_, i) => wave(i, phase));
};
const mask = (low) =>
  Float32Array.from({ length: side * side }, (_, i) => {
    const radius = Math.hypot((i % side) - side / 2, Math.floor(i / side) - side / 2);
    return radius < side / 6 === low ? 1 : 0;
  });
const stack = (make) => {
  const parts = Array.from({ length: batch }, (_, index) => make(index));
  const whole = new Float32Array(batch * parts[0].length);
  parts.forEach((part, index) => {
    whole.set(part, index * part.length);
  });
  return whole;
};

for (let step = 1; step <= Number(steps); step++) {
  const results = await session.run({
    image: float(stack(picture), shapes.image),
    mask: float(
      stack((i) => mask(i % 2 === 0)),
      shapes.mask,
    ),
    lr: float([1e-3], []),
    step: float([step], []),
    ...state,
  });
  state = Object.fromEntries(names.map((name) => [name, results[`next.${name}`]]));
  console.log(
    `step ${step}: loss ${results.loss.data[0].toFixed(4)}, gradient ${results.grad_norm.data[0].toFixed(3)}`,
  );
}

if (savePath) {
  for (const name of names.filter((key) => key in header)) {
    const { data } = state[name];
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + header[name].data_offsets[0]);
  }
  writeFileSync(savePath, file);
}
