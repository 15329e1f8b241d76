import { describe, expect, it } from '@jest/globals';
import { changed, floats, type Loose, modelBytes, smallModel, tensorType } from '../testing/onnx-bytes.ts';
import { inspectModel } from './inspect-model.ts';

describe('inspectModel', () => {
  it('says what is in a file', () => {
    const { bytes, nodes, ...rest } = inspectModel(modelBytes(smallModel()));
    expect(rest).toEqual({
      irVersion: '8',
      opsets: [{ domain: 'ai.onnx', version: '17' }],
      producer: 'test',
      modelVersion: '',
      description: '',
      graph: 'main',
      inputs: [{ name: 'x', type: 'float32[batch, 2]' }],
      outputs: [{ name: 'y', type: 'float32[batch, 3]' }],
      metadata: [{ key: 'mean', value: '[0.5]' }],
      parameters: { tensors: 2, elements: 9, bytes: 36, types: { float32: { tensors: 2, elements: 9, bytes: 36 } } },
      operators: [
        { operator: 'Gemm', count: 1 },
        { operator: 'Relu', count: 1 },
      ],
      functions: [],
      externalData: [],
      problems: [],
    });
    expect(bytes).toBe(modelBytes(smallModel()).length);
    expect(nodes[0]).toEqual({
      name: 'gemm',
      operator: 'Gemm',
      inputs: ['x', 'w', 'b'],
      outputs: ['h'],
      attributes: { alpha: '1' },
    });
  });

  it('shows types and tensors of every kind, also such as are not computed with', () => {
    const elements: [number, number, number][] = [
      [2, 6, 6], // uint8
      [12, 3, 24], // uint32 × 6
      [16, 2, 12], // bfloat16
      [17, 1, 6], // float8e4m3fn
      [22, 1, 3], // int4
      [15, 16, 96], // complex128
    ];
    const summary = inspectModel(
      changed((m) => {
        m.graph.initializer = elements.map(([dataType, , size], i) => ({
          name: `t${i}`,
          dims: [2, 3],
          dataType,
          rawData: new Uint8Array(size),
        }));
        m.graph.initializer.push({
          name: 's',
          dims: [2],
          dataType: 8,
          stringData: [Uint8Array.of(1, 2, 3), new Uint8Array(0)],
        });
        m.graph.sparseInitializer = [
          { values: floats('p', [1], [1]), indices: { dims: [1], dataType: 7, int64Data: [3] }, dims: [9] },
        ];
        const tensor = { tensorType: { elemType: 1 } };
        const types: Loose[] = [
          { sequenceType: { elemType: tensorType([2], 7) } },
          { optionalType: { elemType: tensor } },
          { mapType: { keyType: 8, valueType: tensor } },
          { sparseTensorType: { elemType: 11, shape: { dim: [{}, { dimValue: 3 }] } } },
          { opaqueType: { domain: 'd', name: 'n' } },
          undefined,
        ];
        m.graph.input = types.map((type, i) => ({ name: `i${i}`, type }));
      }),
    );
    expect(summary.inputs.map(({ type }) => type)).toEqual([
      'sequence of int64[2]',
      'optional float32[…]',
      'map from string to float32[…]',
      'sparse float64[?, 3]',
      'opaque d.n',
      'no type',
    ]);
    const sizes = Object.entries(summary.parameters.types).map(([type, { bytes }]) => `${type} ${bytes}`);
    expect(sizes).toEqual([
      'uint8 6',
      'uint32 24',
      'bfloat16 12',
      'float8e4m3fn 6',
      'int4 3',
      'complex128 96',
      'string 3',
      'float32 4',
    ]);
    // None of the tensors themselves is wrong.
    expect(summary.problems.filter(({ where }) => where.startsWith('initializer'))).toEqual([]);
  });

  it('counts what is in sub-graphs and functions, and external data by file', () => {
    const branch = { name: 'g', node: [{ opType: 'Neg' }, { opType: 'Neg' }], initializer: [floats('z', [2], [1, 2])] };
    const summary = inspectModel(
      changed((m) => {
        m.graph.node[1].attribute = [{ name: 'body', type: 5, g: branch }];
        m.functions = [{ name: 'F', domain: 'own', input: ['a'], output: ['b', 'c'], node: [{ opType: 'Neg' }] }];
        m.graph.initializer[0] = {
          name: 'w',
          dims: [2, 3],
          dataType: 1,
          dataLocation: 1,
          externalData: [{ key: 'location', value: 'w.bin' }],
        };
      }),
    );
    expect(summary.operators[0]).toEqual({ operator: 'Neg', count: 2 });
    expect(summary.parameters.elements).toBe(11);
    expect(summary.nodes[1]!.attributes).toEqual({ body: 'graph of 2 nodes' });
    expect(summary.functions).toEqual([{ name: 'own::F', inputs: 1, outputs: 2, nodes: 1 }]);
    expect(summary.externalData).toEqual([{ location: 'w.bin', tensors: 1, bytes: 24 }]);
  });

  it('shows what is broken as far as it can be read', () => {
    const summary = inspectModel(
      changed((m) => {
        m.graph.initializer[0].dims = [-1];
        m.graph.initializer[1].dataType = 99;
        m.graph.node[0].attribute = [{ name: 'alpha' }, { name: 'beta', refAttrName: 'b' }];
        m.opsetImport = [];
      }),
    );
    expect(summary.parameters).toMatchObject({ elements: 3, bytes: 0, types: { 'type 99': { tensors: 1 } } });
    expect(summary.nodes[0]!.attributes).toEqual({ alpha: 'of no kind', beta: "the function's b" });
    expect(summary.problems.length).toBeGreaterThan(3);
  });
});
