import { describe, expect, it } from '@jest/globals';
import '../../ops/gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { conv2d } from '../../ops/conv2d.ts';
import { encodeModel } from '../../proto/encode.ts';
import { openSession } from '../../session/session.ts';
import { trace } from '../../trace/trace.ts';
import { topologicalNodes } from '../topology.ts';
import { legalize } from './legalize.ts';

const SHAPES = { x: [2, 3, 6, 5], w: [4, 3, 3, 3], dy: [2, 4, 6, 5] };

/** The gradient of a convolution's weight: the pixels under each window are laid out by a depthwise convolution. */
const graph = () =>
  trace(
    ({ x, w, dy }) => {
      const loss = (weight: tf.Tensor) =>
        tf.sum(tf.mul(conv2d(x as tf.Tensor4D, weight as tf.Tensor4D, { pads: [1, 1, 1, 1] }), dy!)) as tf.Scalar;
      return { gradient: tf.grad(loss)(w!) };
    },
    { x: { shape: SHAPES.x }, w: { shape: SHAPES.w }, dy: { shape: SHAPES.dy } },
  );

const groupsOf = (target: 'standard' | 'onnxruntime') =>
  topologicalNodes(legalize(graph(), { opset: 17, target }))
    .filter(({ op }) => op === 'Conv')
    .map(({ attributes }) => Number(attributes.group?.value ?? 1));

async function gradient(target: 'standard' | 'onnxruntime'): Promise<Float32Array> {
  const session = await openSession(encodeModel(graph(), { target }), { threads: 1 });
  const feeds = Object.fromEntries(
    session.inputs.map(({ name }) => {
      const dims = SHAPES[name as keyof typeof SHAPES];
      const length = dims.reduce((product, side) => product * side, 1);
      const data = Float32Array.from({ length }, (_, i) => Math.sin(1.7 * i + name.length));
      return [name, { type: 'float32' as const, dims, data }];
    }),
  );
  const { gradient: found } = await session.run(feeds);
  await session.close();
  return found!.data as Float32Array;
}

describe('depthwiseAsImages', () => {
  it('leaves no depthwise convolution of windows in files for every runtime, and the same numbers', async () => {
    expect(Math.max(...groupsOf('onnxruntime'))).toBe(3);
    expect(groupsOf('standard')).toEqual(groupsOf('onnxruntime').map(() => 1));
    expect(await gradient('standard')).toBeAllclose(await gradient('onnxruntime'));
  });
});
