import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { prepareTfjsModel } from './convert.ts';
import { GraphDefBuilder } from './testing/graph-def.ts';
import { mobileNet, segmenter } from './testing/networks.ts';
import { type SavedModel, savedLayers, writeModel } from './testing/saved-model.ts';

let folder: string;
let saved: Record<string, SavedModel>;

function small() {
  return sequential({
    layers: [
      layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 1], name: 'first' }),
      layers.batchNormalization({ name: 'second' }),
      layers.reshape({ targetShape: [4, 8], name: 'third' }),
      layers.lstm({ units: 2, name: 'fourth' }),
      layers.dense({ units: 2, name: 'fifth' }),
    ],
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-malformed-'));
  await tf.setBackend('cpu');
  saved = { layers: await savedLayers(small()), mobile: mobileNet(), segmenter: segmenter() };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const copy = (name: string): SavedModel => structuredClone(saved[name]!);

/** Reads, builds and traces; no ONNX Runtime and no eager run, so that thousands are cheap. */
async function attempt(model: SavedModel, at = 'case'): Promise<unknown> {
  const path = await writeModel(join(folder, at), model);
  return prepareTfjsModel(path).then(
    ({ model: loaded }) => loaded.dispose(),
    (error: unknown) => error,
  );
}

async function expectUserError(model: SavedModel, message: RegExp): Promise<void> {
  const error = await attempt(model);
  expect(error).toBeInstanceOf(UserError);
  expect((error as Error).message).toMatch(message);
  expect((error as Error).message).not.toContain('\n');
}

/** Deterministic numbers in [0, 1). */
function stream(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const VALUES: readonly unknown[] = [
  null,
  -1,
  0,
  1.5,
  2 ** 31,
  1e15,
  1e308,
  '',
  'x',
  '__proto__',
  'constructor',
  true,
  [],
  {},
  [[]],
  [1e9, 1e9],
  { className: 'Dense' },
  '../..',
  'Dense',
  'input',
  '^input',
  'a:b:c',
];

/** Every place in a document: the object or list, and the key. */
function placesOf(value: unknown, places: [Record<string, unknown>, string][] = []): typeof places {
  if (typeof value !== 'object' || value === null) return places;
  for (const key of Object.keys(value)) {
    places.push([value as Record<string, unknown>, key]);
    placesOf((value as Record<string, unknown>)[key], places);
  }
  return places;
}

/** Replaces, removes, doubles or swaps one to three places of a document. */
function mutate(document: unknown, random: () => number): void {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  for (let left = 1 + Math.floor(random() * 3); left > 0; left--) {
    const places = placesOf(document);
    if (places.length === 0) return;
    const [owner, key] = pick(places);
    const actions: (() => void)[] = [
      () => {
        owner[key] = pick(VALUES);
      },
      () => {
        if (Array.isArray(owner)) owner.splice(Number(key), 1);
        else delete owner[key];
      },
      () => {
        const [other, otherKey] = pick(places);
        owner[key] = structuredClone(other[otherKey]);
      },
      () => {
        if (typeof owner[key] === 'number') owner[key] = (owner[key] as number) * pick([-1, 0, 7, 1e6, 1e12]);
        else if (Array.isArray(owner)) owner.push(structuredClone(owner[Number(key)]));
      },
    ];
    pick(actions)();
  }
}

describe('damaged TensorFlow.js models', () => {
  // A longer search: MFM_FUZZ=20 npm test -- packages/export/src/tfjs/malformed
  const times = Number(process.env.MFM_FUZZ ?? 1);
  it.each([
    ['layers', 40 * times],
    ['mobile', 30 * times],
    ['segmenter', 30 * times],
  ])('%s: %i mutated documents each convert or end in one line', async (name, count) => {
    const random = stream(20240 + count);
    const outcomes = { converted: 0, refused: 0 };
    for (let i = 0; i < count; i++) {
      const model = copy(name);
      // Two of three in the topology, whose damage reaches furthest.
      mutate(i % 3 === 0 ? model.json : model.json.modelTopology, random);
      const error = await attempt(model);
      if (error === undefined) outcomes.converted++;
      else {
        outcomes.refused++;
        if (!(error instanceof UserError)) throw new Error(`case ${i}: ${(error as Error).stack}`);
        expect(error.message).not.toContain('\n');
      }
    }
    expect(outcomes.refused).toBeGreaterThan(count / 5);
  });

  it('a document cut at any place is refused', async () => {
    const text = JSON.stringify(saved.layers!.json);
    await mkdir(join(folder, 'cut'), { recursive: true });
    const path = join(folder, 'cut', 'model.json');
    for (let length = 0; length < text.length; length += 331) {
      await writeFile(path, text.slice(0, length));
      await expect(prepareTfjsModel(path)).rejects.toThrow(/must be the model\.json of a saved TensorFlow\.js model/);
    }
  });

  it('weight files of another size, missing or outside of the folder are refused', async () => {
    const short = copy('layers');
    short.weights = short.weights.subarray(0, -3);
    await expectUserError(short, /weights\.bin must hold the \d+ bytes .* got \d+\. The file is damaged/);
    const missing = copy('layers');
    missing.json.weightsManifest[0]!.paths = ['none.bin'];
    await expectUserError(missing, /none\.bin: no such file\./);
    for (const path of ['../case2/weights.bin', '/etc/hosts', 'a/../../case2/weights.bin', 'x\0y']) {
      const outside = copy('layers');
      outside.json.weightsManifest[0]!.paths = [path];
      await expectUserError(outside, /weights must lie in the model's own folder, got the path/);
    }
    const linked = copy('layers');
    linked.json.weightsManifest[0]!.paths = ['link.bin'];
    await writeFile(join(folder, 'elsewhere.bin'), linked.weights);
    await mkdir(join(folder, 'case'), { recursive: true });
    await symlink(join(folder, 'elsewhere.bin'), join(folder, 'case', 'link.bin'));
    await expectUserError(linked, /weights must lie in the model's own folder/);
  });

  it('shapes that no file holds are refused before anything is allocated', async () => {
    const manifest = copy('layers');
    manifest.json.weightsManifest[0]!.weights[0]!.shape = [1e9, 1e9];
    await expectUserError(manifest, /must hold the 4000000000000000\d* bytes/);
    const units = copy('layers');
    (units.json.modelTopology as never as { config: { layers: { config: { filters?: number } }[] } }).config
      .layers[0]!.config.filters = 1e9;
    await expectUserError(
      units,
      /must have the weights that the file holds, but "first" asks for kernel \[3,3,1,1000000000\]/,
    );
    const g = new GraphDefBuilder();
    const huge = g.op('Fill', [g.ints([1e9, 1e9]), g.scalar(1, 'float32')]);
    await expectUserError(g.save({ y: g.op('AddV2', [g.placeholder('x', [-1, 1]), huge]) }), /at most 2\^28 elements/);
    const wide = new GraphDefBuilder();
    await expectUserError(
      wide.save({ y: wide.op('Tile', [wide.placeholder('x', [-1, 4]), wide.ints([1, 1e9])]) }),
      /values must have at most 2\^29 elements/,
    );
    const long = new GraphDefBuilder();
    await expectUserError(
      long.save({
        y: long.op('Unpack', [long.placeholder('x', [-1, 1e6])], { axis: { i: '1' }, num: { i: '1000000' } }),
      }),
      /at most 65536/,
    );
  });

  it('lengths that are no whole numbers are refused', async () => {
    const { modelTopology } = saved.layers!.json as never as {
      modelTopology: { config: { layers: { config: object }[] } };
    };
    for (const strides of [1e15, [1, 1.5], [1]]) {
      const model = copy('layers');
      const topology = structuredClone(modelTopology);
      Object.assign(topology.config.layers[0]!.config, { strides });
      model.json.modelTopology = topology as never;
      await expectUserError(model, /strides of Conv must be whole numbers|TensorFlow\.js cannot/);
    }
    const g = new GraphDefBuilder();
    const attributes = { strides: { list: { i: ['1', '1', 1.5, '1'] } }, padding: { s: 'U0FNRQ==' } };
    const x = g.op('Conv2D', [g.placeholder('x', [-1, 6, 6, 1]), g.weight('w', [3, 3, 1, 2])], attributes);
    await expectUserError(g.save({ y: x }), /must be whole numbers|TensorFlow\.js cannot/);
  });

  it('circles, missing layers and custom layers are refused by name', async () => {
    await tf.setBackend('cpu');
    const node = (name: string, from: string[], className = 'ReLU') => ({
      name,
      class_name: className,
      config: { name },
      inbound_nodes: from.length > 0 ? [from.map((layer) => [layer, 0, 0, {}])] : [],
    });
    const functional = (...nodes: object[]): SavedModel => ({
      json: {
        format: 'layers-model',
        generatedBy: 'test',
        modelTopology: {
          class_name: 'Model',
          config: {
            name: 'm',
            layers: [
              {
                name: 'in',
                class_name: 'InputLayer',
                config: { name: 'in', batch_input_shape: [null, 4] },
                inbound_nodes: [],
              },
              ...nodes,
            ],
            input_layers: [['in', 0, 0]],
            output_layers: [['a', 0, 0]],
          },
        },
        weightsManifest: [],
      },
      weights: new Uint8Array(),
    });
    expect(await attempt(functional(node('a', ['in'])))).toBeUndefined();
    await expectUserError(
      functional(node('a', ['b']), node('b', ['a'])),
      /the layers "a", "b" wait for .* in a circle/,
    );
    await expectUserError(functional(node('a', ['gone'])), /wait for layers that do not exist/);
    await expectUserError(functional(node('a', ['in']), node('a', ['in'])), /"a" stands twice/);
    await expectUserError(
      functional(node('a', ['in'], 'MyAttention'), node('b', ['a'], 'zeros')),
      /every layer must be one of TensorFlow\.js's own, got "a" \(MyAttention\), "b" \(zeros\)\. A custom layer is code/,
    );
    const loop = new GraphDefBuilder();
    loop.op('Relu', ['second'], {}, 'first');
    loop.op('Relu', ['first'], {}, 'second');
    await expectUserError(loop.save({ y: 'second' }), /nodes must not read themselves, but "\w+" is part of a circle/);
    await expectUserError(loop.save(), /a circle/);
    const gone = new GraphDefBuilder();
    gone.op('Relu', ['nothing'], {}, 'first');
    await expectUserError(gone.save(), /the node "first" reads "nothing", which is not in the graph/);
    const weightless = new GraphDefBuilder();
    weightless.op('AddV2', [weightless.placeholder('x', [-1, 2]), weightless.op('Const', [], {}, 'lost')]);
    await expectUserError(weightless.save(), /the weights of the node "lost" must be in weightsManifest/);
  });
});
