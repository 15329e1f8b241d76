import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import fc from 'fast-check';
import { isRefused, mutate } from '../testing/mutate.ts';
import { checkParameters, readCheckpoint } from './checkpoint.ts';
import { readSafetensors } from './read-safetensors.ts';
import { encodeSafetensors } from './write-safetensors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fuzz-'));
});
afterAll(() => rm(folder, { recursive: true }));

const METADATA = {
  format: 'mfm-checkpoint',
  config: JSON.stringify({ model: { imageSize: 32, encoder: { type: 'vit' } }, seed: 3 }),
  normalisation: JSON.stringify({ mean: [0.5, 0.5, 0.5], std: [1, 1, 1] }),
  versions: JSON.stringify({ mfm: '0.1.0' }),
  ...{ step: '12', epoch: '4', seed: '3' },
};

const SAMPLE = Buffer.concat(
  encodeSafetensors(
    {
      'model.a': { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
      'optimizer.exp_avg.a': { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
      'model.count': { shape: [], data: BigInt64Array.of(3n) },
      'model.__proto__': { shape: [3], data: Uint8Array.of(0, 1, 1), type: 'BOOL' },
    },
    METADATA,
  ),
);

/** A file with any header, which says its own length rightly, and some data. */
function withHeader(header: string, data = 16): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

describe('readSafetensors', () => {
  it('reads a mutated file, or gives a clear error', async () => {
    let refused = 0;
    const property = fc.asyncProperty(fc.nat(), async (seed) => {
      if (await isRefused(() => readSafetensors(mutate(SAMPLE, seed)))) refused++;
    });
    await fc.assert(property, { numRuns: 1500 });
    expect(refused).toBeGreaterThan(700);
  });

  it('reads any JSON as a header, or gives a clear error', async () => {
    const count = fc.oneof(fc.constantFrom(0, 4, 16, -1, 2 ** 40, 2 ** 53, 1e308), fc.jsonValue());
    const entry = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom('F32', 'I64', 'U8', 'toString', '__proto__'), fc.jsonValue()),
        shape: fc.oneof(fc.array(count, { maxLength: 4 }), fc.jsonValue()),
        data_offsets: fc.oneof(fc.tuple(count, count), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const name = fc.oneof(fc.constantFrom('a', '__metadata__', '__proto__', 'constructor'), fc.string());
    const header = fc.dictionary(name, fc.oneof(entry, fc.jsonValue()), { maxKeys: 4 });
    const property = fc.asyncProperty(header, fc.nat(20), async (value, data) => {
      await isRefused(() => readSafetensors(withHeader(JSON.stringify(value), data)));
    });
    await fc.assert(property, { numRuns: 1500 });
  });

  it.each<[string, string, RegExp]>([
    [
      'a type nested deep',
      `{"a":{"dtype":${'['.repeat(1e5)}${']'.repeat(1e5)},"shape":[],"data_offsets":[0,4]}}`,
      /is no text/,
    ],
    [
      'a shape of a hundred thousand lengths',
      `{"a":{"dtype":"U8","shape":[${'1,'.repeat(1e5)}16],"data_offsets":[0,16]}}`,
      /a shape of counts, at most 64/,
    ],
    [
      'a tensor of 2^40 elements',
      '{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,16]}}',
      /must take 4398046511104 bytes, got 16/,
    ],
    ['offsets of 2^40', '{"a":{"dtype":"U8","shape":[1099511627776],"data_offsets":[0,1099511627776]}}', /truncated/],
    [
      'lengths that multiply to more than any number',
      '{"a":{"dtype":"F64","shape":[9007199254740991,9007199254740991,0],"data_offsets":[0,16]}}',
      /must take 0 bytes/,
    ],
  ])('refuses %s', async (_, header, message) => {
    expect(await isRefused(() => readSafetensors(withHeader(header)))).toBe(true);
    await expect(readSafetensors(withHeader(header))).rejects.toThrow(message);
  });

  it('refuses a file larger than memory in one line', async () => {
    const path = join(folder, 'sparse.safetensors');
    const size = 2 ** 40;
    const header = JSON.stringify({ a: { dtype: 'U8', shape: [size], data_offsets: [0, size] } });
    await writeFile(path, withHeader(header, 0));
    await truncate(path, 8 + header.length + size);
    await expect(readSafetensors(path)).rejects.toThrow(
      /sparse\.safetensors: 1099511627776 bytes of it must fit in memory/,
    );
  });
});

describe('readCheckpoint', () => {
  it('reads metadata of any values, or gives a clear error', async () => {
    const path = join(folder, 'metadata.safetensors');
    const tensors = { 'model.a': { shape: [1], data: Float32Array.of(1) } };
    const value = fc.oneof(
      fc.json(),
      fc.string(),
      fc.constantFrom(
        '',
        '-1',
        '1e400',
        '\n-1',
        'null',
        '[]',
        '{"mean":[1,2],"std":1}',
        '['.repeat(5000) + ']'.repeat(5000),
      ),
    );
    const property = fc.asyncProperty(fc.constantFrom(...Object.keys(METADATA)), value, async (key, text) => {
      await writeFile(path, encodeSafetensors(tensors, { ...METADATA, [key]: text }));
      await isRefused(async () => {
        const { step, epoch, seed, normalisation, config } = await readCheckpoint(path);
        expect([step, epoch, seed].every((count) => Number.isSafeInteger(count) && count >= 0)).toBe(true);
        expect(normalisation?.mean.length ?? 3).toBe(3);
        JSON.stringify(config);
      });
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it('reads a mutated checkpoint, or gives a clear error', async () => {
    const path = join(folder, 'mutated.safetensors');
    const property = fc.asyncProperty(fc.nat(), async (seed) => {
      await writeFile(path, mutate(SAMPLE, seed));
      await isRefused(async () => checkParameters('x', (await readCheckpoint(path)).model, []));
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it('names of damaged files stay on one line', () => {
    const tensors = { 'a\nb': { shape: [1], data: Float32Array.of(1) } };
    expect(() => checkParameters('x', tensors, [])).toThrow(UserError);
    expect(() => checkParameters('x', tensors, [])).toThrow('unexpected "a\\nb"');
  });
});
