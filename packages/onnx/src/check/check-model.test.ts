import '../ops/gradients.ts';
import { describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { layerNorm } from '../ops/layer-norm.ts';
import { encodeModel } from '../proto/encode.ts';
import { changed, floats, type Loose, modelBytes, smallModel, tensorType } from '../testing/onnx-bytes.ts';
import { trace } from '../trace/trace.ts';
import { checkModel } from './check-model.ts';

const problemsOf = (bytes: Uint8Array) =>
  checkModel(bytes).map(({ severity, where, message }) => `${severity}: ${where}: ${message}`);
const then = {
  name: 'then_branch',
  type: 5,
  g: { name: 't', node: [{ opType: 'Neg', input: ['h'], output: ['n'] }], output: [{ name: 'n' }] },
};
const otherwise = {
  name: 'else_branch',
  type: 5,
  g: { name: 'e', node: [{ opType: 'Abs', input: ['h'], output: ['a'] }], output: [{ name: 'a' }] },
};

/** An If instead of the Relu, whose branches read a value of the graph around them. */
const withBranches = (change: (node: Loose) => void) =>
  changed((m) => {
    m.graph.initializer.push({ name: 'c', dims: [], dataType: 9, rawData: Uint8Array.of(1) });
    m.graph.node[1] = { opType: 'If', input: ['c'], output: ['y'], attribute: structuredClone([then, otherwise]) };
    change(m.graph.node[1]);
  });

describe('checkModel', () => {
  it('finds nothing wrong with what is right', () => {
    expect(checkModel(modelBytes(smallModel()))).toEqual([]);
    expect(checkModel(withBranches(() => {}))).toEqual([]);
    const graph = trace(
      ({ x, w }) => ({
        y: tf.softmax(
          tf.reshape(
            layerNorm(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), tf.ones([2]), tf.zeros([2]), 1e-6),
            [2, 2],
          ),
        ),
        g: tf.grad((v) =>
          tf.sum(
            tf.relu(
              tf.pad(v, [
                [0, 0],
                [1, 1],
              ]),
            ),
          ),
        )(x!),
      }),
      { x: { shape: [2, 3] }, w: { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) } },
    );
    for (const opset of [17, 18, 21]) expect(checkModel(encodeModel(graph, { opset }))).toEqual([]);
  });

  const relu = (m: Loose) => m.graph.node[1];
  const gemm = (m: Loose) => m.graph.node[0];
  const cases: [string, (model: Loose) => void, string | RegExp][] = [
    ['no IR version', (m) => (m.irVersion = 0), 'error: model: it must have an IR version, got 0'],
    [
      'an IR version of the future',
      (m) => (m.irVersion = 99),
      'error: model: its IR version must be at most 14, got 99',
    ],
    [
      'an IR version older than the operators',
      (m) => (m.irVersion = 7),
      /^warning: model: operator set 17 came with IR version 8/,
    ],
    ['no operator set', (m) => (m.opsetImport = []), 'error: model: it must import an operator set'],
    [
      'two operator sets of a domain',
      (m) => m.opsetImport.push({ version: 18 }),
      /must be imported once, got 17 and 18/,
    ],
    [
      'metadata twice',
      (m) => m.metadataProps.push({ key: 'mean' }),
      'error: metadata_props: "mean" must be there once, and is there twice',
    ],
    ['a graph without a name', (m) => (m.graph.name = ''), 'error: graph: it must have a name'],
    ['an input without type', (m) => (m.graph.input[0].type = undefined), 'error: input "x": it must have a type'],
    [
      'an input without shape',
      (m) => (m.graph.input[0].type = { tensorType: { elemType: 1 } }),
      'error: input "x": it must have a shape',
    ],
    [
      'an operator that is not',
      (m) => (relu(m).opType = 'Reluu'),
      'error: node "relu" (Reluu): there is no operator Reluu in operator set 17',
    ],
    [
      'a deprecated operator',
      (m) => Object.assign(relu(m), { opType: 'Upsample', input: ['h', 'b'] }),
      /Upsample is no longer an operator since operator set 10/,
    ],
    [
      'an operator newer than the set',
      (m) => (relu(m).opType = 'Gelu'),
      /there is no operator Gelu in operator set 17/,
    ],
    [
      'a domain that is not imported',
      (m) => (relu(m).domain = 'com.microsoft'),
      /of the domain "com\.microsoft", whose operator set the model does not import/,
    ],
    ['too many inputs', (m) => relu(m).input.push('w'), 'error: node "relu" (Relu): it must have 1 inputs, got 2'],
    ['too few inputs', (m) => gemm(m).input.splice(1), 'error: node "gemm" (Gemm): it must have 2 to 3 inputs, got 1'],
    [
      'a left-out input that is needed',
      (m) => (gemm(m).input[1] = ''),
      'error: node "gemm" (Gemm): its input 1 (B) must not be left out',
    ],
    [
      'a cycle',
      (m) => (gemm(m).input[0] = 'y'),
      /it reads "y", which a later node gives: nodes must be in order, without a cycle/,
    ],
    [
      'a value from nowhere',
      (m) => (gemm(m).input[0] = 'q'),
      /it reads "q", which no earlier node, input or initializer gives/,
    ],
    [
      'a value given twice',
      (m) => (relu(m).output[0] = 'h'),
      'error: node "relu" (Relu): "h" must be given once, and is given again',
    ],
    [
      'an output from nowhere',
      (m) => (m.graph.output[0].name = 'z'),
      'error: output "z": no node, input or initializer gives it',
    ],
    [
      'an unknown attribute',
      (m) => (gemm(m).attribute[0].name = 'alfa'),
      'error: node "gemm" (Gemm): it has no attribute "alfa" in this operator set',
    ],
    [
      'an attribute of another kind',
      (m) => (gemm(m).attribute[0] = { name: 'alpha', type: 2, i: 1 }),
      /attribute "alpha" must be of kind float, got int/,
    ],
    [
      'an attribute that holds what it does not say',
      (m) => (gemm(m).attribute[0].type = 2),
      /attribute "alpha": it must hold int alone, got float/,
    ],
    ['an attribute twice', (m) => gemm(m).attribute.push(gemm(m).attribute[0]), /attribute "alpha": it is there twice/],
    [
      'a missing attribute',
      (m) => (relu(m).opType = 'Cast'),
      'error: node "relu" (Cast): it must have the attribute "to"',
    ],
    [
      'a reference outside functions',
      (m) => (gemm(m).attribute[0] = { name: 'alpha', type: 1, refAttrName: 'a' }),
      /which only functions may/,
    ],
    [
      'data of another length',
      (m) => (m.graph.initializer[0].dims = [2, 4]),
      'error: initializer "w": it must have 8 elements in 32 bytes, got 24 bytes',
    ],
    [
      'a type that an operator does not take',
      (m) => (relu(m).opType = 'Not'),
      /its input 0 \(X\) must not be tensor\(float\)/,
    ],
    [
      'inputs of two types',
      (m) => (m.graph.input[0].type = tensorType(['batch', 2], 11)),
      /inputs 0 and 1 must have one type, got tensor\(double\) and tensor\(float\)/,
    ],
    [
      'an output of another type',
      (m) => (m.graph.output[0].type = tensorType(['batch', 3], 7)),
      /output "y": it is declared as tensor\(int64\), and is tensor\(float\)/,
    ],
    [
      'an output of another shape',
      (m) => (m.graph.output[0].type = tensorType(['batch', 4])),
      /it is declared as \[batch, 4\], and is \[batch, 3\]/,
    ],
    [
      'matrices that do not fit',
      (m) => (m.graph.input[0].type = tensorType(['batch', 5])),
      /the shapes \[batch, 5\], \[2, 3\], \[3\] do not fit: the inner lengths must be equal, got 5 and 2/,
    ],
    [
      'a sparse initializer that does not fit',
      (m) =>
        (m.graph.sparseInitializer = [
          { values: floats('s', [2], [1, 2]), indices: { dims: [3], dataType: 7, int64Data: [0, 1, 2] }, dims: [9] },
        ]),
      /its indices must fit 2 values of rank 1, got \[3\]/,
    ],
  ];
  it.each(cases)('finds %s', (_, change, expected) => {
    const problems = problemsOf(changed(change));
    expect(
      problems.filter((text) => (typeof expected === 'string' ? text === expected : expected.test(text))),
    ).toHaveLength(1);
  });

  it('looks into sub-graphs, which read what is around them', () => {
    const broken = withBranches((node) => (node.attribute[0].g.node[0].input[0] = 'q'));
    expect(problemsOf(broken)).toEqual([
      'error: node 1 (If), attribute "then_branch": node 0 (Neg): it reads "q", which no earlier node, input or initializer gives',
    ]);
  });

  it('looks into functions, and takes them for operators', () => {
    const withFunction = (node: Loose) =>
      changed((m) => {
        m.opsetImport.push({ domain: 'own', version: 1 });
        Object.assign(m.graph.node[1], { opType: 'Half', domain: 'own' });
        m.functions = [
          {
            name: 'Half',
            domain: 'own',
            input: ['a'],
            output: ['b'],
            attribute: ['k'],
            opsetImport: [{ version: 17 }],
            node: [node],
          },
        ];
      });
    const errors = (bytes: Uint8Array) => problemsOf(bytes).filter((text) => text.startsWith('error'));
    const elu = {
      opType: 'Elu',
      input: ['a'],
      output: ['b'],
      attribute: [{ name: 'alpha', type: 1, refAttrName: 'k' }],
    };
    expect(errors(withFunction(elu))).toEqual([]);
    expect(errors(withFunction({ ...elu, input: ['x'] }))).toEqual([
      expect.stringMatching(/function own::Half, node 0 \(Elu\): it reads "x"/),
    ]);
  });

  it('stops counting at a thousand', () => {
    const many = changed((m) => {
      for (let i = 0; i < 3000; i++) m.graph.node.push({ opType: 'Relu', input: [`q${i}`], output: [`r${i}`] });
    });
    const problems = checkModel(many);
    expect(problems).toHaveLength(1001);
    expect(problems.at(-1)!.message).toMatch(/more than 1000 problems/);
  });
});
