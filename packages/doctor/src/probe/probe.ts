import { openSession, traceToOnnx } from '@mfm/onnx';
import { activateTfjsBackend } from '@mfm/train';
import * as tf from '@tensorflow/tfjs-core';

/** What the child prints, one line of JSON. */
export type ProbeReply = { milliseconds: number } | { error: string };

const SIDE = 64;

/** A product and a sum whose result is known: every element is SIDE + 1. */
const program = (x: tf.Tensor) => tf.add(tf.matMul(x as tf.Tensor2D, tf.ones([SIDE, SIDE])), 1);

/** Largest deviation from the known result. */
const deviation = (values: ArrayLike<number>) =>
  Array.from(values).reduce((worst, value) => Math.max(worst, Math.abs(value - (SIDE + 1))), 0);

const ones = () => new Float32Array(SIDE * SIDE).fill(1);

/** Runs the program once to warm up and once timed. */
const PROBES: Readonly<Record<string, (name: string) => Promise<() => Promise<ArrayLike<number>>>>> = {
  async onnxruntime(device) {
    const model = traceToOnnx(({ x }) => ({ y: program(x!) }), { x: { shape: [SIDE, SIDE] } });
    const session = await openSession(model, { device });
    const feeds = { x: { type: 'float32', dims: [SIDE, SIDE], data: ones() } } as const;
    return async () => (await session.run(feeds)).y!.data as Float32Array;
  },
  async tfjs(name) {
    await activateTfjsBackend(name);
    return () => program(tf.tensor(ones(), [SIDE, SIDE])).data();
  },
};

async function probe(kind: string, name: string): Promise<ProbeReply> {
  try {
    const run = await PROBES[kind]!(name);
    await run();
    const start = performance.now();
    const off = deviation(await run());
    if (off > 1e-3) return { error: `a product of ones is off by ${off}: the device computes wrong results` };
    return { milliseconds: performance.now() - start };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

const [kind = '', name = ''] = process.argv.slice(2);
process.stdout.write(`\n${JSON.stringify(await probe(kind, name))}\n`);
process.exit(0);
