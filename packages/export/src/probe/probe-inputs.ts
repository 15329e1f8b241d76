import { frequencyMask, type HostParameter } from '@mfm/models';
import type { HostArray, HostTensors } from '@mfm/onnx';
import type { BuiltModel } from '../built-model.ts';
import type { HeadGraph, HeadInput, InputContent } from '../heads/head.ts';
import { probeState } from './probe-state.ts';
import { uniformStream } from './uniform-stream.ts';

/** What is probed. */
export interface Probed {
  readonly model: BuiltModel;
  readonly head: HeadGraph;
  readonly parameters: Readonly<Record<string, HostParameter>>;
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

/** Where values are written: one sample of an input, or all of one that is whole. */
interface Canvas {
  readonly name: string;
  readonly out: Float32Array;
  readonly sample: number;
  readonly random: () => number;
}

type Paint = (probed: Probed, canvas: Canvas) => void;

const paintImage: Paint = ({ model: { config } }, { out, random }) => {
  const { imageSize } = config;
  for (let c = 0; c < 3; c++) paintPlane(out.subarray(c * imageSize ** 2, (c + 1) * imageSize ** 2), imageSize, random);
};

/**
 * The mask of a sample: low-pass and high-pass in turn, at the official share of the image's side; 1 = frequency kept, DC centred.
 *
 * @param out receives it, [side, side]
 */
export function drawMask(out: Float32Array, side: number, sample: number): void {
  out.set(frequencyMask(side, side / 14));
  if (sample % 2 === 1) for (let i = 0; i < out.length; i++) out[i] = 1 - out[i]!;
}

/** How each content is made up. */
const PAINTERS: Readonly<Record<InputContent, Paint>> = {
  image: paintImage,
  pixels(probed, { out, ...canvas }) {
    const planes = new Float32Array(out.length);
    paintImage(probed, { ...canvas, out: planes });
    const size = out.length / 3;
    for (let i = 0; i < out.length; i++) out[i] = Math.round(255 * planes[(i % 3) * size + Math.floor(i / 3)]!);
  },
  normalized(probed, canvas) {
    paintImage(probed, canvas);
    const { imageSize, mean, std } = probed.model.config;
    const { out } = canvas;
    for (let i = 0; i < out.length; i++) {
      const channel = Math.floor(i / imageSize ** 2);
      out[i] = (out[i]! - mean[channel]!) / std[channel]!;
    }
  },
  mask: ({ model }, { out, sample }) => drawMask(out, model.config.imageSize, sample),
  label: ({ model }, { out, random }) => out.fill(Math.floor(random() * (model.classifier?.config.numClasses ?? 1))),
  state: ({ parameters }, { name, out, random }) => probeState(name, parameters, out, random),
  // A rate this large shows a wrong update in the parameters.
  rate: (_, { out }) => out.fill(1),
  step: (_, { out }) => out.fill(2),
};

/** Numbers as a session takes them. */
function inElementType(values: Float32Array, type: NonNullable<HeadInput['type']>): HostArray {
  if (type === 'float32') return values;
  return type === 'int64' ? BigInt64Array.from(values, (value) => BigInt(value)) : Uint8Array.from(values);
}

/** Seeds of the samples of a batch. */
export const sampleSeeds = (batch: number, seed: number): number[] =>
  Array.from({ length: batch }, (_, sample) => seed + 7919 * sample);

/** A deterministic batch of made-up pictures for the inputs of a head. */
export const probeInputs = (probed: Probed, batch: number, seed: number): HostTensors =>
  probeSamples(probed, sampleSeeds(batch, seed));

/** {@link probeInputs} with a seed for each sample; inputs that are whole are of the first. */
export function probeSamples(probed: Probed, seeds: readonly number[]): HostTensors {
  const inputs = Object.entries(probed.head.inputs(probed.model));
  const entries = inputs.map(([name, { shape, content, type = 'float32', whole }], position) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const samples = whole ? seeds.slice(0, 1) : seeds;
    const values = new Float32Array(samples.length * size);
    for (const [sample, seed] of samples.entries()) {
      const random = uniformStream(seed + 104729 * position);
      const out = values.subarray(sample * size, (sample + 1) * size);
      PAINTERS[content](probed, { name, out, sample, random });
    }
    return [name, { type, dims: whole ? shape : [seeds.length, ...shape], data: inElementType(values, type) }] as const;
  });
  return Object.fromEntries(entries);
}

/** Feeds of more images: those of a batch, one after the other, so many times. */
export function repeatImages({ head, model }: Probed, feeds: HostTensors, times: number): HostTensors {
  const inputs = head.inputs(model);
  const repeated = Object.entries(feeds).map(([name, tensor]) => {
    if (inputs[name]!.whole || times === 1) return [name, tensor] as const;
    const data = new (tensor.data.constructor as Float32ArrayConstructor)(times * tensor.data.length);
    for (let copy = 0; copy < times; copy++) data.set(tensor.data as Float32Array, copy * tensor.data.length);
    return [name, { ...tensor, data, dims: [times * tensor.dims[0]!, ...tensor.dims.slice(1)] }] as const;
  });
  return Object.fromEntries(repeated);
}
