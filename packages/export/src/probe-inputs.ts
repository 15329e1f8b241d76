import { frequencyMask, type MfmModel } from '@mfm/models';
import type { HostTensors } from '@mfm/onnx';
import type { Head, HeadInput } from './head.ts';

/** Uniform numbers in [0, 1), mulberry32. */
function uniformStream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One plane of a picture in [0, 1]: waves of random direction and length, amplitude falling with frequency, and a little noise. */
function paintPlane(out: Float32Array, side: number, random: () => number): void {
  const waves = Array.from({ length: 8 }, (_, i) => {
    const [angle, cycles] = [2 * Math.PI * random(), 0.5 * 1.7 ** i];
    return {
      fx: cycles * Math.cos(angle),
      fy: cycles * Math.sin(angle),
      phase: 2 * Math.PI * random(),
      size: 0.25 / (1 + i),
    };
  });
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let value = 0.5 + 0.1 * (random() - 0.5);
      for (const { fx, fy, phase, size } of waves)
        value += size * Math.sin((2 * Math.PI * (fx * x + fy * y)) / side + phase);
      out[y * side + x] = Math.min(1, Math.max(0, value));
    }
  }
}

type Paint = (model: MfmModel, out: Float32Array, sample: number, random: () => number) => void;

const paintImage: Paint = ({ config: { imageSize } }, out, _, random) => {
  for (let c = 0; c < 3; c++) paintPlane(out.subarray(c * imageSize ** 2, (c + 1) * imageSize ** 2), imageSize, random);
};

/** How each content is made up. */
const PAINTERS: Readonly<Record<HeadInput['content'], Paint>> = {
  image: paintImage,
  normalized(model, out, sample, random) {
    paintImage(model, out, sample, random);
    const { imageSize, mean, std } = model.config;
    for (let i = 0; i < out.length; i++) {
      const channel = Math.floor(i / imageSize ** 2);
      out[i] = (out[i]! - mean[channel]!) / std[channel]!;
    }
  },
  mask({ config: { imageSize, task } }, out, sample) {
    // Low-pass and high-pass in turn: 1 = frequency kept.
    out.set(frequencyMask(imageSize, task.maskRadius1, task.maskRadius2));
    if (sample % 2 === 1) for (let i = 0; i < out.length; i++) out[i] = 1 - out[i]!;
  },
};

/** A deterministic batch of made-up pictures for the inputs of a head. */
export function probeInputs(model: MfmModel, head: Head, batch: number, seed: number): HostTensors {
  const entries = Object.entries(head.inputs(model)).map(([name, { shape, content }], position) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const data = new Float32Array(batch * size);
    for (let sample = 0; sample < batch; sample++) {
      const random = uniformStream(seed + 7919 * sample + 104729 * position);
      PAINTERS[content](model, data.subarray(sample * size, (sample + 1) * size), sample, random);
    }
    return [name, { type: 'float32' as const, dims: [batch, ...shape], data }] as const;
  });
  return Object.fromEntries(entries);
}
