import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { layers } from '@tensorflow/tfjs-layers';
import { DOC_LISTS } from './testing/doc-lists.ts';
import { LAYER_ROWS, LAYERS_THAT_DO_NOT, LAYERS_WITHIN, modelOf } from './testing/layer-rows.ts';

const plain = (text: string) => text.replace(/\s+/g, ' ').trim();

/** Layers that hold models, which convert.test.ts runs, and a cell that is a base class. */
const CONTAINERS = ['Model', 'Functional', 'Sequential'];

describe('docs/tfjs.md', () => {
  it.each(Object.entries(DOC_LISTS))('lists the %s as the tests run them', async (marker, list) => {
    const page = await readFile(join(process.cwd(), 'docs/tfjs.md'), 'utf8');
    const [, found = ''] = page.split(`<!-- ${marker} -->`);
    expect(plain(found.split(`<!-- /${marker} -->`)[0]!)).toBe(plain(list));
  });

  it('leaves out no layer of tf.layers', () => {
    const classes = tf.serialization.SerializationMap.getMap().classNameMap;
    const all = Object.entries(classes).filter(([, [type]]) => type.prototype instanceof layers.Layer);
    const known = new Set([
      ...LAYER_ROWS.map(({ className }) => className),
      ...LAYERS_WITHIN,
      ...Object.keys(LAYERS_THAT_DO_NOT),
      ...CONTAINERS,
    ]);
    expect(all.map(([name]) => name).filter((name) => !known.has(name))).toEqual([]);
    expect([...known].filter((name) => !all.some(([own]) => own === name))).toEqual([]);
  });

  it('is right that TensorFlow.js cannot run Resizing inside a model', async () => {
    // Without it, TensorFlow.js greets Node's users.
    tf.env().set('IS_TEST', true);
    await tf.setBackend('cpu');
    const make = () => layers.resizing({ height: 5, width: 11 });
    const model = modelOf({ className: 'Resizing', inputs: [[8, 8, 3]], make });
    expect(() => model.predict(tf.zeros([1, 8, 8, 3]))).toThrow(/resizeBilinear/);
    expect(make().apply(tf.zeros([1, 8, 8, 3]))).toBeDefined();
  });
});
