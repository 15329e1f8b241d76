import { describe, expect, it } from '@jest/globals';
import type { FileNode } from '../proto/file-messages.ts';
import { SHAPE_RULES } from './shape-rules.ts';
import type { Shape, ValueType } from './value-type.ts';

type Attributes = Readonly<Record<string, number | number[]>>;

/** What a rule says of inputs of these shapes; a list of numbers in `constants` is the value of the input there. */
function shapes(
  op: string,
  inputs: readonly Shape[],
  attributes: Attributes = {},
  constants: Record<number, number[]> = {},
  outputs = 1,
) {
  const attribute = Object.entries(attributes).map(([name, value]) =>
    typeof value === 'number' ? { name, i: value, ints: [] } : { name, ints: value },
  );
  const names = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`);
  const node = { opType: op, input: names(inputs.length), output: names(outputs), attribute } as unknown as FileNode;
  const values: ValueType[] = inputs.map((shape, i) => ({ shape, constant: constants[i] }));
  return SHAPE_RULES.get(op)!({ node, opset: 17, inputs: values });
}

describe('shape rules', () => {
  // Expected shapes are those of numpy and of the operators' definitions.
  const cases: [string, ReturnType<typeof shapes>, readonly (Shape | undefined)[]][] = [
    [
      'Add broadcasts',
      shapes('Add', [
        ['n', 1, 3],
        [4, 1],
      ]),
      [['n', 4, 3]],
    ],
    [
      'MatMul of a batch',
      shapes('MatMul', [
        ['n', 2, 3],
        [3, 5],
      ]),
      [['n', 2, 5]],
    ],
    ['MatMul of vectors', shapes('MatMul', [[3], [3]]), [[]]],
    [
      'Gemm, transposed',
      shapes(
        'Gemm',
        [
          [3, 'n'],
          [5, 3],
        ],
        { transA: 1, transB: 1 },
      ),
      [['n', 5]],
    ],
    [
      'Conv with stride and padding',
      shapes(
        'Conv',
        [
          ['n', 3, 9, 9],
          [8, 3, 3, 3],
        ],
        { strides: [2, 2], pads: [1, 1, 1, 1] },
      ),
      [['n', 8, 5, 5]],
    ],
    [
      'Conv in groups',
      shapes(
        'Conv',
        [
          [1, 4, 5, 5],
          [4, 1, 3, 3],
        ],
        { group: 4, dilations: [2, 2] },
      ),
      [[1, 4, 1, 1]],
    ],
    [
      'MaxPool',
      shapes('MaxPool', [[1, 4, 7, 7]], { kernel_shape: [3, 3], strides: [2, 2] }),
      [
        [1, 4, 3, 3],
        [1, 4, 3, 3],
      ],
    ],
    ['Reshape with an open length', shapes('Reshape', [[2, 3, 4], [2]], {}, { 1: [-1, 4] }), [[6, 4]]],
    ['Reshape of an open batch', shapes('Reshape', [['n', 3, 4], [2]], {}, { 1: [0, 12] }), [['n', 12]]],
    ['Transpose', shapes('Transpose', [['n', 3, 4]], { perm: [2, 0, 1] }), [[4, 'n', 3]]],
    [
      'Concat',
      shapes(
        'Concat',
        [
          ['n', 1, 4],
          ['n', 16, 4],
        ],
        { axis: 1 },
      ),
      [['n', 17, 4]],
    ],
    ['Slice backwards', shapes('Slice', [[10], [1], [1], [1], [1]], {}, { 1: [-1], 2: [-11], 3: [0], 4: [-3] }), [[4]]],
    ['Slice to the end', shapes('Slice', [['n', 10], [1], [1], [1]], {}, { 1: [7], 2: [2 ** 63], 3: [1] }), [['n', 3]]],
    ['Squeeze', shapes('Squeeze', [['n', 1, 4], [1]], {}, { 1: [1] }), [['n', 4]]],
    ['Unsqueeze', shapes('Unsqueeze', [['n', 4], [2]], {}, { 1: [0, -1] }), [[1, 'n', 4, 1]]],
    ['ReduceMean over an attribute', shapes('ReduceMean', [['n', 3, 4]], { axes: [-1], keepdims: 0 }), [['n', 3]]],
    ['ReduceSum over an input', shapes('ReduceSum', [['n', 3, 4], [1]], {}, { 1: [0] }), [[1, 3, 4]]],
    ['ReduceMax over all', shapes('ReduceMax', [['n', 3]], { keepdims: 0 }), [[]]],
    ['Gather', shapes('Gather', [['n', 9, 2], [3]], { axis: 1 }), [['n', 3, 2]]],
    ['Pad', shapes('Pad', [[2, 3], [4]], {}, { 1: [0, 1, 0, 2] }), [[2, 6]]],
    [
      'Split evenly',
      shapes('Split', [['n', 6]], { axis: 1 }, {}, 3),
      [
        ['n', 2],
        ['n', 2],
        ['n', 2],
      ],
    ],
    ['Split into sizes', shapes('Split', [[6], [2]], {}, { 1: [1, 5] }, 2), [[1], [5]]],
    [
      'LayerNormalization with statistics',
      shapes('LayerNormalization', [['n', 4, 8], [8]], {}, {}, 3),
      [
        ['n', 4, 8],
        ['n', 4, 1],
        ['n', 4, 1],
      ],
    ],
    ['GlobalAveragePool', shapes('GlobalAveragePool', [['n', 8, 7, 7]]), [['n', 8, 1, 1]]],
    ['Flatten', shapes('Flatten', [['n', 2, 3]]), [['n', 6]]],
    ['Expand', shapes('Expand', [[1, 3], [2]], {}, { 1: [4, 3] }), [[4, 3]]],
  ];
  it.each(cases)('%s', (_, actual, expected) => expect(actual).toEqual(expected));

  const wrong: [string, () => unknown, RegExp][] = [
    ['Add', () => shapes('Add', [[2], [3]]), /lengths 2 and 3 do not broadcast/],
    [
      'Conv',
      () =>
        shapes('Conv', [
          [1, 4, 5, 5],
          [8, 3, 3, 3],
        ]),
      /for 3 channels, got 4/,
    ],
    [
      'Concat',
      () =>
        shapes(
          'Concat',
          [
            [2, 3],
            [3, 3],
          ],
          { axis: 1 },
        ),
      /lengths of dimension 0 must be equal, got 2 and 3/,
    ],
    ['Reshape', () => shapes('Reshape', [[2, 3], [2]], {}, { 1: [4, 2] }), /\[2,3\] cannot be reshaped to \[4,2\]/],
    ['Transpose', () => shapes('Transpose', [[2, 3]], { perm: [0, 0] }), /perm must order 2 dimensions/],
    ['ReduceSum', () => shapes('ReduceSum', [[2], [1]], {}, { 1: [1] }), /axis 1 is not one of 1 dimensions/],
  ];
  it.each(wrong)('%s refuses what does not fit', (_, run, message) => expect(run).toThrow(message));
});
