import { describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '../../ops/gradients.ts';
import { allReduceSum } from '../../ops/all-reduce.ts';
import { batchNormTrain } from '../../ops/batch-norm.ts';
import { encodeModel } from '../../proto/encode.ts';
import type { HostTensors } from '../../session/host-tensor.ts';
import { openSession } from '../../session/session.ts';
import { trace } from '../../trace/trace.ts';
import { topologicalNodes } from '../topology.ts';
import type { Graph } from '../value.ts';
import { type SplitOptions, splitStages } from './split-stages.ts';

const tensor = (dims: number[], data: Float32Array) => ({ type: 'float32', dims, data }) as const;

/** Runs the stages on every process in turn, and sums up between them. */
async function runStages(graph: Graph, feeds: readonly HostTensors[], options: SplitOptions = {}) {
  const values = feeds.map((feed) => ({ ...feed }));
  for (const { graph: part, reduced } of splitStages(graph, options)) {
    const session = await openSession(encodeModel(part), { threads: 1 });
    for (const known of values) {
      Object.assign(
        known,
        await session.run(Object.fromEntries(session.inputs.map(({ name }) => [name, known[name]!]))),
      );
    }
    await session.close();
    for (const name of reduced) {
      const sum = values.map((known) => known[name]!.data as Float32Array).reduce((a, b) => a.map((x, i) => x + b[i]!));
      for (const known of values) known[name] = { ...known[name]!, data: sum };
    }
  }
  return values;
}

describe('splitStages', () => {
  it('leaves a graph without sums over processes in one stage', () => {
    const graph = trace(({ x }) => ({ y: tf.relu(tf.mul(x!, 2)) }), { x: { shape: [2] } });
    const stages = splitStages(graph);
    expect(stages).toHaveLength(1);
    expect(stages[0]!.reduced).toEqual([]);
  });

  it('runs sums that depend on each other one after the other, and independent ones at once', async () => {
    const graph = trace(
      ({ x }) => {
        const [sum, product] = [allReduceSum(x!), allReduceSum(tf.mul(x!, x!))];
        return { whole: sum, deviation: allReduceSum(tf.square(tf.sub(x!, tf.div(sum, 2)))), product, own: tf.neg(x!) };
      },
      { x: { shape: [2] } },
    );
    expect(splitStages(graph).map(({ reduced }) => reduced.length)).toEqual([2, 1, 0]);
    const [first, second] = await runStages(graph, [
      { x: tensor([2], Float32Array.of(1, 2)) },
      { x: tensor([2], Float32Array.of(5, 0)) },
    ]);
    for (const { whole, product, deviation } of [first!, second!]) {
      expect([whole, product, deviation].map((value) => [...(value!.data as Float32Array)])).toEqual([
        ...[
          [6, 2],
          [26, 4],
          [8, 2],
        ],
      ]);
    }
    expect([...(second!.own!.data as Float32Array)]).toEqual([-5, -0]);
  });

  it('cuts where the caller wants: the parts give what the whole gives, and no node runs twice but views', async () => {
    const graph = trace(
      ({ x, w }) => {
        const { value, grad } = tf.valueAndGrad((v: tf.Tensor) =>
          tf.sum(tf.square(tf.tanh(tf.matMul(x as tf.Tensor2D, tf.reshape(v, [3, 2])))) as tf.Tensor),
        )(w!);
        return { value, grad };
      },
      { x: { shape: [4, 3] }, w: { shape: [6] } },
    );
    const nodes = topologicalNodes(graph);
    const earliest = (node: (typeof nodes)[number]) => Math.floor((3 * nodes.indexOf(node)) / nodes.length);
    expect(splitStages(graph, { earliest })).toHaveLength(3);
    const feed = {
      x: tensor(
        [4, 3],
        Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
      ),
      w: tensor(
        [6],
        Float32Array.from({ length: 6 }, (_, i) => Math.cos(i)),
      ),
    };
    const [parts] = await runStages(graph, [feed], { earliest });
    const [whole] = await runStages(graph, [feed]);
    for (const name of ['value', 'grad'])
      expect(parts![name]!.data as Float32Array).toBeAllclose(whole![name]!.data as Float32Array);
  });
});

describe('batchNormTrain over several processes', () => {
  it('normalises, and differentiates the sum of their losses, as one does with the whole batch', async () => {
    const [batch, ranks, channels] = [4, 2, 3];
    const program = (replicas: number) =>
      trace(
        ({ x, dy, scale, bias }) => {
          const f = (...args: tf.Tensor[]) => {
            const [x0, scale0, bias0] = args as [tf.Tensor4D, tf.Tensor, tf.Tensor];
            return tf.sum(tf.mul(batchNormTrain(x0, scale0, bias0, 1e-5, replicas).y, dy!));
          };
          const [dx, dScale, dBias] = tf.grads(f)([x!, scale!, bias!]);
          const { mean, variance, count } = batchNormTrain(x as tf.Tensor4D, scale!, bias!, 1e-5, replicas);
          return { dx: dx!, dScale: dScale!, dBias: dBias!, mean, variance, count: tf.scalar(count) };
        },
        {
          ...{ x: { shape: [batch / replicas, channels, 2, 2] }, dy: { shape: [batch / replicas, channels, 2, 2] } },
          ...{ scale: { shape: [channels] }, bias: { shape: [channels] } },
        },
      );
    const length = batch * channels * 4;
    const all = { x: new Float32Array(length), dy: new Float32Array(length) };
    for (let i = 0; i < length; i++) [all.x[i], all.dy[i]] = [Math.sin(1.3 * i) + 2, Math.cos(0.7 * i * i)];
    const feed = (part: number, parts: number) => {
      const cut = (data: Float32Array) => data.slice((part * length) / parts, ((part + 1) * length) / parts);
      const dims = [batch / parts, channels, 2, 2];
      const vector = (value: number) => tensor([channels], new Float32Array(channels).fill(value));
      return { x: tensor(dims, cut(all.x)), dy: tensor(dims, cut(all.dy)), scale: vector(1.5), bias: vector(0.2) };
    };
    const [whole] = await runStages(program(1), [feed(0, 1)]);
    const parts = await runStages(program(ranks), [feed(0, ranks), feed(1, ranks)]);
    const read = (values: HostTensors, name: string) => [...(values[name]!.data as Float32Array)];
    for (const name of ['mean', 'variance', 'count']) {
      for (const part of parts) expect(read(part, name)).toBeAllclose(read(whole!, name));
    }
    expect(parts.flatMap((part) => read(part, 'dx'))).toBeAllclose(read(whole!, 'dx'));
    // Parameters' gradients are each process's own: they are summed up with all others.
    for (const name of ['dScale', 'dBias']) {
      const sum = read(parts[0]!, name).map((value, i) => value + read(parts[1]!, name)[i]!);
      expect(sum).toBeAllclose(read(whole!, name));
    }
  });
});
