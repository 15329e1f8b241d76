import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readModel, topologicalNodes } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { input, layers, model as makeModel, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { runExport } from '../testing/run-export.ts';
import { convertTfjsModel } from './convert.ts';
import { attribute, GraphDefBuilder } from './testing/graph-def.ts';
import { mobileNet, segmenter } from './testing/networks.ts';
import { savedLayers, writeModel } from './testing/saved-model.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-tfjs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const initializersOf = (bytes: Uint8Array) =>
  topologicalNodes(readModel(bytes).graph)
    .flatMap(({ inputs }) => inputs)
    .flatMap((value) => (value?.source.kind === 'constant' && value.source.name ? [value.source.name] : []));

const operatorsOf = (bytes: Uint8Array) => topologicalNodes(readModel(bytes).graph).map(({ op }) => op);

/** A residual network of two inputs with a shared layer and a model in the model. */
function layersNetwork() {
  const image = input({ shape: [12, 12, 3], name: 'image' });
  const extra = input({ shape: [4], name: 'extra' });
  const stem = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', name: 'stem' }).apply(image);
  const shared = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', name: 'shared' });
  const twice = shared.apply(shared.apply(stem as SymbolicTensor));
  const sum = layers.add().apply([stem as SymbolicTensor, twice as SymbolicTensor]);
  const pooled = layers.globalAveragePooling2d({}).apply(sum) as SymbolicTensor;
  const inner = sequential({
    layers: [layers.dense({ units: 4, inputShape: [4], name: 'inner_dense' })],
    name: 'inner',
  });
  const mixed = layers.concatenate().apply([pooled, inner.apply(extra) as SymbolicTensor]);
  const outputs = ['classes', 'score'].map(
    (name) => layers.dense({ units: 2, name, activation: 'softmax' }).apply(mixed) as SymbolicTensor,
  );
  return makeModel({ inputs: [image, extra], outputs });
}

describe('convertTfjsModel', () => {
  it('keeps the names of inputs, outputs and weights of a LayersModel with shared and nested layers', async () => {
    await tf.setBackend('cpu');
    const path = await writeModel(join(folder, 'layers'), await savedLayers(layersNetwork()));
    const { bytes, inputs, outputs, parity } = await convertTfjsModel(path);
    expect(inputs).toEqual([
      { name: 'image', type: 'float32', shape: ['batch', 12, 12, 3] },
      { name: 'extra', type: 'float32', shape: ['batch', 4] },
    ]);
    expect(outputs.map(({ name }) => name)).toEqual(['classes', 'score']);
    expect(new Set(initializersOf(bytes))).toEqual(expect.objectContaining({ size: expect.any(Number) }));
    for (const name of ['inner_dense/kernel', 'classes/bias', 'score/kernel'])
      expect(initializersOf(bytes).some((own) => own.startsWith(name))).toBe(true);
    for (const { maxAbsolute } of parity.outputs) expect(maxAbsolute).toBeLessThan(1e-6);
    const { metadata } = readModel(bytes);
    expect(metadata).toMatchObject({ source: 'tfjs', source_format: 'layers-model', generated_by: /tfjs-layers/ });
  });

  it('converts a MobileNet-like GraphModel', async () => {
    const path = await writeModel(join(folder, 'mobile'), mobileNet());
    const { bytes, outputs, parity } = await convertTfjsModel(path);
    expect(outputs).toEqual([{ name: 'probabilities', type: 'float32', shape: ['batch', 10] }]);
    expect(parity.outputs[0]!.maxAbsolute).toBeLessThan(1e-6);
    expect(operatorsOf(bytes).filter((op) => op === 'Conv').length).toBe(6);
    // Into NCHW at the input, and never back.
    expect(operatorsOf(bytes).filter((op) => op === 'Transpose').length).toBe(1);
  });

  it('converts a segmenter whose shapes are computed in the graph, with the batch open', async () => {
    const path = await writeModel(join(folder, 'segmenter'), segmenter());
    const { bytes, outputs, parity } = await convertTfjsModel(path, { opset: 18 });
    expect(outputs).toEqual([
      { name: 'classes', type: 'int32', shape: ['batch', 16, 16] },
      { name: 'scores', type: 'float32', shape: ['batch', 256, 4] },
    ]);
    expect(parity.passed).toBe(true);
    expect(operatorsOf(bytes).filter((op) => ['Shape', 'Expand', 'Equal', 'Where'].includes(op))).toEqual([]);
  });

  it('reads quantised weights as TensorFlow.js does', async () => {
    const saved = mobileNet();
    const group = saved.json.weightsManifest[0]!;
    const stored: Uint8Array[] = [];
    let offset = 0;
    for (const [index, spec] of group.weights.entries()) {
      const size = spec.shape.reduce((product, length) => product * length, 1);
      const bytes = saved.weights.slice(offset, offset + 4 * size);
      offset += 4 * size;
      if (spec.dtype !== 'float32' || spec.name.includes('variance') || index % 2 === 0) {
        stored.push(bytes);
        continue;
      }
      const dtype = index % 4 === 1 ? ('uint8' as const) : ('uint16' as const);
      const levels = dtype === 'uint8' ? 255 : 65535;
      const values = Array.from(new Float32Array(bytes.buffer), (value) => Math.round(((value + 0.6) / 1.2) * levels));
      stored.push(new Uint8Array((dtype === 'uint8' ? Uint8Array : Uint16Array).from(values).buffer));
      spec.quantization = { dtype, scale: 1.2 / levels, min: -0.6 };
    }
    saved.weights = new Uint8Array(Buffer.concat(stored));
    const { parity } = await convertTfjsModel(await writeModel(join(folder, 'quantised'), saved));
    expect(parity.outputs[0]!.maxAbsolute).toBeLessThan(1e-6);
    const whole = await convertTfjsModel(join(folder, 'mobile', 'model.json'));
    expect(whole.bytes.length).toBeGreaterThan(0);
  });

  it('takes the lengths that a model leaves open from the options', async () => {
    const g = new GraphDefBuilder();
    const x = g.placeholder('x', [-1, -1, -1, 3]);
    const path = await writeModel(join(folder, 'open'), g.save({ y: g.op('Relu', [x]) }));
    await expect(convertTfjsModel(path)).rejects.toThrow(
      /every length but the batch must be known, got \[\?, \?, \?, 3\] for the input "x"\. Add --input x=batch,224,224,3, or --image-size 224\./,
    );
    const shapeOf = async (options: object) => (await convertTfjsModel(path, options)).inputs[0]!.shape;
    expect(await shapeOf({ imageSize: 10 })).toEqual(['batch', 10, 10, 3]);
    expect(await shapeOf({ shapes: { x: 'batch,4,6,3' } })).toEqual(['batch', 4, 6, 3]);
    expect(await shapeOf({ shapes: { x: '2x4x6x3' } })).toEqual([2, 4, 6, 3]);
    expect(await shapeOf({ imageSize: 10, batch: 3 })).toEqual([3, 10, 10, 3]);
    await expect(shapeOf({ shapes: { x: 'batch,4,6,5' } })).rejects.toThrow(/must fit the model's shape/);
    await expect(shapeOf({ shapes: { z: 'batch,4' } })).rejects.toThrow(/no input "z"\. It has: x\./);
    await expect(shapeOf({ shapes: { x: 'batch,4,,3' } })).rejects.toThrow(/must be positive lengths/);
  });

  it('says how to go on where images are not independent', async () => {
    const g = new GraphDefBuilder();
    const softmaxOverBatch = g.op('Softmax', [g.op('Transpose', [g.placeholder('x', [-1, 3]), g.ints([1, 0])])]);
    const repeated = g.op('Tile', [
      softmaxOverBatch,
      g.op('Slice', [g.op('Shape', [softmaxOverBatch]), g.ints([0]), g.ints([2])]),
    ]);
    const path = await writeModel(join(folder, 'mixed'), g.save({ y: repeated }));
    await expect(convertTfjsModel(path)).rejects.toThrow(/depends on the batch size.*Add --batch 1/);
    expect((await convertTfjsModel(path, { batch: 2 })).outputs[0]!.shape).toEqual([9, 4]);
  });

  it('lists the ops that do not convert, with their reasons', async () => {
    const g = new GraphDefBuilder();
    const x = g.placeholder('x', [-1, 4]);
    const boxes = g.op('NonMaxSuppressionV3', [x, x, g.scalar(3), g.scalar(0.5, 'float32'), g.scalar(0.5, 'float32')]);
    const looped = g.op('While', [boxes], { T: attribute.type('DT_FLOAT') });
    const path = await writeModel(join(folder, 'refused'), g.save({ y: g.op('MyOwnOp', [looped]) }));
    await expect(convertTfjsModel(path)).rejects.toThrow(
      /ops that do not convert to ONNX: .*NonMaxSuppressionV3 \(1×\) \(the shape of the result depends on values\); While \(1×\) \(control flow: .*MyOwnOp \(1×\) \(TensorFlow\.js does not have it\)\./,
    );
  });
});

describe('pnpm export --tfjs', () => {
  it('writes and describes the model', async () => {
    const path = await writeModel(join(folder, 'command'), mobileNet());
    const out = join(folder, 'command.onnx');
    const { code, stdout } = await runExport('--onnx', out, '--tfjs', path, '--json', '--opset', '18', '--batch', '2');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ out, format: 'graph-model', opset: 18, parity: { passed: true, batchSizes: [2] } });
    expect((await readFile(out)).length).toBe(report.bytes);
  });

  it.each([
    ['a missing file', ['--tfjs', 'nowhere/model.json'], /^nowhere\/model\.json: no such file\.\n$/],
    ['a checkpoint beside it', ['--tfjs', 'a', '--checkpoint', 'b'], /^--tfjs: does not go with --checkpoint\./],
    [
      'a file of something else',
      ['--tfjs', 'package.json'],
      /^package\.json: must be the model\.json of a saved TensorFlow\.js model/,
    ],
  ])('ends with one line and code 2 for %s', async (_, args, message) => {
    const { code, stderr } = await runExport('--onnx', join(folder, 'none.onnx'), ...args);
    expect(
      stderr
        .split('\n')
        .filter((line) => !line.startsWith('parity check'))
        .join('\n'),
    ).toMatch(message);
    expect(code).toBe(2);
  });
});
