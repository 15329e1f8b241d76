import { describe, expect, it } from '@jest/globals';
import { encodeModel } from '../../proto/encode.ts';
import type { HostTensors } from '../../session/host-tensor.ts';
import { openSession } from '../../session/session.ts';
import { GraphBuilder } from '../builder.ts';
import { allocate } from '../constant.ts';
import { shapeConstant } from '../operators/movement.ts';
import { type Attributes, type ElementType, int, ints, sizeOf, type Value } from '../value.ts';
import { evaluate } from './evaluate.ts';
import type { Known } from './strided.ts';

/** Values whose sums, products and quotients need rounding. */
function values(shape: number[], seed: number, type: ElementType = 'float32'): Known {
  const data = allocate(type, sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    const value = 1.1 + Math.sin(12.9898 * (i + 1) + seed);
    data[i] = type === 'float32' ? value : Math.round(50 * value);
  }
  return { type, shape, data };
}

const x = values([2, 3, 4], 1);
const whole = (numbers: number[]): Known => ({
  type: 'int64',
  shape: [numbers.length],
  data: BigInt64Array.from(numbers, BigInt),
});

type Row = [name: string, op: string, inputs: (Known | undefined)[], attributes?: Attributes];

const ROWS: Row[] = [
  ...['Add', 'Sub', 'Mul', 'Div'].flatMap((op): Row[] => [
    [`${op} of one shape`, op, [x, values([2, 3, 4], 2)]],
    [`${op} broadcast`, op, [values([3, 1], 3), values([2, 1, 4], 4)]],
  ]),
  ...['Neg', 'Sqrt', 'Reciprocal', 'Identity'].map((op): Row => [op, op, [x]]),
  ['Cast int32', 'Cast', [values([5], 1, 'int32')], { to: int(1) }],
  ['Concat', 'Concat', [x, values([2, 1, 4], 5), values([2, 2, 4], 6)], { axis: int(1) }],
  ['Concat from the end', 'Concat', [x, values([2, 3, 1], 5)], { axis: int(-1) }],
  ['Expand', 'Expand', [values([3, 1], 1), whole([2, 1, 4])]],
  ['Gather of rows', 'Gather', [x, whole([2, 0, -1, 0])], { axis: int(1) }],
  ['Gather of one', 'Gather', [x, { type: 'int64', shape: [], data: BigInt64Array.of(1n) }], { axis: int(-1) }],
  ['Pad', 'Pad', [x, whole([1, 0, 2, 0, 3, 0])]],
  [
    'Pad with a value',
    'Pad',
    [values([2], 1), whole([1, 2]), { type: 'float32', shape: [], data: Float32Array.of(9) }],
  ],
  ['Reshape', 'Reshape', [x, whole([0, -1, 2])]],
  ['Slice', 'Slice', [x, whole([1, -3]), whole([9, -1]), whole([1, 2]), whole([1, 1])]],
  ['Slice in steps, backwards', 'Slice', [x, whole([-1, 0]), whole([-99, 99]), whole([1, -1]), whole([-2, 3])]],
  ['Slice of all axes', 'Slice', [values([4, 3], 2), whole([1, 0]), whole([3, 2])]],
  ['Squeeze', 'Squeeze', [values([1, 3, 1], 1), whole([-1])]],
  ['Tile', 'Tile', [x, whole([1, 2, 3])]],
  ['Transpose', 'Transpose', [x], { perm: ints([2, 0, 1]) }],
  ['Transpose reversed', 'Transpose', [x]],
  ['Unsqueeze', 'Unsqueeze', [x, whole([-1, 0])]],
];

const asType = { float32: 'float32', int32: 'int32', int64: 'int64' } as const;

describe('evaluate', () => {
  it.each(ROWS)("%s gives ONNX Runtime's very numbers", async (_, op, inputs, attributes = {}) => {
    const g = new GraphBuilder();
    // The first operand is fed, so that nothing is computed before.
    const feeds: HostTensors = {};
    const values = inputs.map((input, index): Value | undefined => {
      if (!input) return undefined;
      if (index > 0 && input.type === 'int64' && input.shape.length === 1)
        return shapeConstant(g, Array.from(input.data, Number));
      const type = asType[input.type as keyof typeof asType];
      feeds[`x${index}`] = { type, dims: input.shape, data: input.data };
      return g.input(`x${index}`, input.type, input.shape);
    });
    const own = evaluate(op, inputs, attributes)!;
    const [y] = g.add(op, values, [{ type: own.type, shape: own.shape }], attributes);
    const graphInputs = values.filter((value): value is Value => value?.source.kind === 'input');
    const session = await openSession(encodeModel({ inputs: graphInputs, outputs: [{ name: 'y', value: y! }] }), {
      threads: 1,
    });
    const result = await session.run(feeds);
    await session.close();
    expect(result.y!.dims).toEqual(own.shape);
    expect(Array.from(own.data, Number)).toEqual(Array.from(result.y!.data, Number));
  });

  it('leaves alone what it does not compute', () => {
    expect(evaluate('MatMul', [x, x], {})).toBeUndefined();
    expect(evaluate('Add', [values([2], 1, 'int32'), values([2], 1, 'int32')], {})).toBeUndefined();
    expect(evaluate('toString', [x], {})).toBeUndefined();
  });
});
