import { describe, expect, it } from '@jest/globals';
import { encodeModel } from '../../../proto/encode.ts';
import { openSession } from '../../../session/session.ts';
import { countFlops } from '../../flops.ts';
import { sizeOf, staticShape } from '../../value.ts';
import { convCandidates } from './candidates.ts';
import type { ConvGeometry, Shape4D } from './geometry.ts';

type Quad = ConvGeometry['pads'];
const geometry = (stride: number, pads: Quad, dilation = 1, groups = 1): ConvGeometry => ({
  strides: [stride, stride],
  dilations: [dilation, dilation],
  pads,
  groups,
});

const ROWS: [string, Shape4D, Shape4D, ConvGeometry][] = [
  ['3×3', [2, 4, 6, 5], [5, 4, 3, 3], geometry(1, [1, 1, 1, 1])],
  ['3×3 on few pixels', [3, 4, 2, 2], [6, 4, 3, 3], geometry(1, [1, 1, 1, 1])],
  ['3×3 with stride 2, even', [2, 3, 6, 8], [4, 3, 3, 3], geometry(2, [1, 1, 1, 1])],
  ['3×3 with stride 2, odd', [2, 3, 7, 5], [4, 3, 3, 3], geometry(2, [1, 1, 1, 1])],
  ['1×1', [2, 4, 5, 3], [6, 4, 1, 1], geometry(1, [0, 0, 0, 0])],
  ['1×1 with stride 2', [2, 4, 6, 4], [6, 4, 1, 1], geometry(2, [0, 0, 0, 0])],
  ['1×1 with stride 2, odd', [2, 4, 5, 7], [6, 4, 1, 1], geometry(2, [0, 0, 0, 0])],
  ['7×7 with stride 2', [2, 3, 16, 14], [4, 3, 7, 7], geometry(2, [3, 3, 3, 3])],
  ['1×3, padded on one side', [2, 2, 4, 5], [3, 2, 1, 3], geometry(1, [0, 2, 0, 0])],
  ['padding beyond the kernel', [1, 2, 4, 4], [3, 2, 2, 2], geometry(1, [2, 2, 2, 2])],
  ['dilated', [2, 2, 7, 8], [3, 2, 3, 3], geometry(1, [2, 2, 2, 2], 2)],
  ['groups', [2, 4, 5, 5], [6, 2, 3, 3], geometry(1, [1, 1, 1, 1], 1, 2)],
];

const random = (shape: readonly number[], seed: number) =>
  Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1.7 * i + seed));

describe('convolution candidates', () => {
  it.each(ROWS)('%s: all lowerings of a pass give the same numbers and count the same FLOP', async (...row) => {
    const [, input, weight, form] = row;
    const candidates = convCandidates(input, weight, form);
    const outputs = new Map<string, Float32Array>();
    const { shape } = candidates[0]!.graph.outputs[0]!.value;
    const flops = 2 * sizeOf(shape as number[]) * sizeOf(weight.slice(1));
    expect(new Set(candidates.filter(({ chosen }) => chosen).map(({ pass }) => pass)).size).toBe(3);
    for (const { pass, graph, lowering } of candidates) {
      expect([lowering, countFlops(graph)]).toEqual([lowering, flops]);
      const session = await openSession(encodeModel(graph), { threads: 1 });
      const feeds = graph.inputs.map((value, index) => {
        const dims = staticShape(value);
        return [['a', 'b'][index]!, { type: 'float32' as const, dims, data: random(dims, index) }];
      });
      const { y } = await session.run(Object.fromEntries(feeds));
      await session.close();
      const expected = outputs.get(pass);
      const found = y!.data as Float32Array;
      // Sums of up to 150 products in another order.
      if (expected) expect(found).toBeAllclose(expected, { atol: 2e-5 });
      outputs.set(pass, expected ?? found);
    }
  });
});
