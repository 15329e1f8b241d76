import { describe, expect, it } from '@jest/globals';
import { frequencyMask, type PretextConfig } from '@mfm/models';
import { type HostTensor, type HostTensors, openSession, readModel, topologicalNodes } from '@mfm/onnx';
import { exportModel, type ModelWithParameters } from '../export-model.ts';
import { initialModel } from '../model-source.ts';
import { enlarged, TINY_CLASSIFIERS, TINY_PRETEXTS } from '../testing/tiny-models.ts';

const BATCH = 2;

/** Bytes of all values, [N, side, side, 3]. */
const bytesOf = (side: number): HostTensor => ({
  ...{ type: 'uint8', dims: [BATCH, side, side, 3] },
  data: Uint8Array.from({ length: BATCH * side * side * 3 }, (_, i) => 128 + 127 * Math.sin(0.3 * i) * Math.cos(i * i)),
});

/** The same as [N, 3, side, side], each number by `prepare`. */
function prepared({ dims, data }: HostTensor, prepare: (byte: number, channel: number) => number): HostTensor {
  const [count, side] = dims as [number, number];
  const plane = side * side;
  const values = Float32Array.from({ length: data.length }, (_, i) => {
    const [image, channel, at] = [Math.floor(i / (3 * plane)), Math.floor(i / plane) % 3, i % plane];
    return prepare(Number(data[(image * plane + at) * 3 + channel]), channel);
  });
  return { type: 'float32', dims: [count, 3, side, side], data: values };
}

async function run(bytes: Uint8Array, feeds: HostTensors): Promise<HostTensors> {
  const session = await openSession(bytes);
  const results = await session.run(feeds);
  await session.close();
  return results;
}

/** Outputs of a head that is fed bytes, and of the same head that is fed what they are made into outside. */
async function bothWays(model: ModelWithParameters, head: string, name: string, others: HostTensors = {}) {
  const { imageSize, mean, std } = model.config;
  const pixels = bytesOf(imageSize);
  const scale = (byte: number) => byte / 255;
  const image = prepared(pixels, name === 'image' ? scale : (byte, c) => (scale(byte) - mean[c]!) / std[c]!);
  const options = { head, batchSizes: [1] };
  const outside = await exportModel(model, options);
  const inside = await exportModel(model, { ...options, normalize: true });
  const inputs = readModel(inside.bytes).graph.inputs.map(({ type, shape, source }) => [
    source.kind === 'input' && source.name,
    type,
    ...shape,
  ]);
  expect(inputs[0]).toEqual(['pixels', 'uint8', 'batch', imageSize, imageSize, 3]);
  return [
    await run(outside.bytes, { [name]: image, ...others }),
    await run(inside.bytes, { pixels, ...others }),
    inside.bytes,
  ] as const;
}

function expectSame(actual: HostTensors, expected: HostTensors): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { data }] of Object.entries(expected)) {
    // Pixels that differ by a rounding go through a whole network.
    expect(actual[name]!.data as Float32Array).toBeAllclose(data as Float32Array, { rtol: 1e-5, atol: 1e-5 });
  }
}

describe('bytes for images', () => {
  it.each(TINY_CLASSIFIERS)('a %s sees the same: classifier and features', async (_, config) => {
    const model = config.encoder.type === 'resnet' ? initialModel(config, 3) : enlarged(initialModel(config, 3));
    for (const head of ['classifier', 'features']) {
      const [outside, inside, bytes] = await bothWays(model, head, 'pixel_values');
      expectSame(inside, outside);
      // From byte to float at once.
      const casts = topologicalNodes(readModel(bytes).graph).filter(({ op }) => op === 'Cast');
      expect(casts).toHaveLength(1);
    }
  });

  it('a mask stays an input', async () => {
    const config: PretextConfig = TINY_PRETEXTS[0]![1];
    const low = frequencyMask(config.imageSize, 3);
    const mask: HostTensor = {
      ...{ type: 'float32', dims: [BATCH, config.imageSize, config.imageSize] },
      data: Float32Array.from([...low, ...low.map((kept) => 1 - kept)]),
    };
    const [outside, inside] = await bothWays(initialModel(config, 3), 'reconstruction', 'image', { mask });
    expectSame(inside, outside);
  });

  it('have no derivative', async () => {
    await expect(
      exportModel(initialModel(TINY_CLASSIFIERS[0]![1], 1), { head: 'gradient', normalize: true }),
    ).rejects.toThrow(/--normalize: "gradient" is the derivative.*Leave out --normalize/);
  });
});
