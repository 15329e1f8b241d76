import { describe, expect, it } from '@jest/globals';
import './gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { printGraph } from '../graph/print.ts';
import { compareWithEager } from '../testing/compare-with-eager.ts';
import { traceDynamicBatch } from '../trace/dynamic-batch.ts';
import { globalAveragePool } from './global-average-pool.ts';

const run = (x: tf.Tensor) => globalAveragePool(x as tf.Tensor4D);

describe('globalAveragePool', () => {
  compareWithEager([
    { name: 'planes', inputs: [[2, 3, 5, 4]], run, gradient: true },
    { name: 'single pixels', inputs: [[2, 3, 1, 1]], run, gradient: true },
  ]);

  it('is the mean of each plane', async () => {
    await tf.setBackend('cpu');
    expect(Array.from(run(tf.tensor([1, 2, 3, 4, 5, 9], [1, 2, 1, 3])).dataSync())).toEqual([2, 6]);
  });

  it('is one GlobalAveragePool and a reshape with the batch open', () => {
    const graph = traceDynamicBatch(({ x }) => ({ y: run(x!) }), { x: { shape: [1, 4, 8, 8] } });
    expect(printGraph(graph).match(/= [A-Z]\w+\(/g)).toEqual(['= GlobalAveragePool(', '= Reshape(']);
  });
});
