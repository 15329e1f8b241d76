import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import fc from 'fast-check';
import { readSafetensors } from './read-safetensors.ts';
import { encodeSafetensors, writeSafetensors } from './write-safetensors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

const join2 = (chunks: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(chunks));

/** A file with this header and so many bytes of data. */
function fileOf(header: string, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const SAMPLE = {
  f: { shape: [2, 3], data: Float32Array.from([1, -2, 3.5, Number.NaN, Number.POSITIVE_INFINITY, 0]) },
  d: { shape: [1], data: Float64Array.from([Math.PI]) },
  i: { shape: [2], data: BigInt64Array.from([-5n, 2n ** 60n]) },
  u: { shape: [3], data: Uint8Array.from([1, 2, 255]) },
  b: { shape: [2], data: Uint8Array.from([0, 1]), type: 'BOOL' as const },
  empty: { shape: [0, 4], data: new Float32Array() },
  scalar: { shape: [], data: Int32Array.from([-7]) },
  __proto__x: { shape: [1], data: Int16Array.from([-300]) },
};

describe('safetensors', () => {
  it('reads back what it wrote, to a file and to bytes', async () => {
    const path = join(folder, 'new', 'sample.safetensors');
    await writeSafetensors(path, SAMPLE, { b: 'é', a: '{}' });
    const { tensors, metadata } = await readSafetensors(path);
    expect(metadata).toEqual({ a: '{}', b: 'é' });
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(SAMPLE).sort());
    for (const [name, { shape, data }] of Object.entries(SAMPLE)) {
      expect(tensors[name]!.shape).toEqual(shape);
      expect(tensors[name]!.data).toEqual(data);
    }
    expect(tensors.b!.type).toBe('BOOL');
    expect(await readdir(join(folder, 'new'))).toEqual(['sample.safetensors']);
    expect((await readSafetensors(await readFile(path))).tensors.f!.data).toEqual(SAMPLE.f.data);
  });

  it('aligns every tensor to its elements and the data to 8 bytes', () => {
    const bytes = join2(encodeSafetensors(SAMPLE));
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(length % 8).toBe(0);
    for (const [name, { data_offsets }] of Object.entries<{ data_offsets: number[] }>(header)) {
      expect(data_offsets[0]! % SAMPLE[name as 'f'].data.BYTES_PER_ELEMENT).toBe(0);
    }
  });

  it('writes the same bytes whatever the order of names', () => {
    const reversed = Object.fromEntries(Object.entries(SAMPLE).reverse());
    const first = join2(encodeSafetensors(SAMPLE, { a: '1', b: '2' }));
    expect(join2(encodeSafetensors(reversed, { b: '2', a: '1' }))).toEqual(first);
  });

  it('widens halves exactly', async () => {
    const header =
      '{"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]}}';
    const bytes = fileOf(header, 12);
    // 1, −2, smallest subnormal, infinity; then 1 and −2 as the upper halves of float32.
    bytes.set([0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0x00, 0x7c, 0x80, 0x3f, 0x00, 0xc0], bytes.length - 12);
    const { tensors } = await readSafetensors(bytes);
    expect(tensors.h!.data).toEqual(Float32Array.from([1, -2, 2 ** -24, Number.POSITIVE_INFINITY]));
    expect(tensors.b!.data).toEqual(Float32Array.from([1, -2]));
  });

  const entry = (begin: number, end: number, shape = (end - begin) / 4) =>
    `{"dtype":"F32","shape":[${shape}],"data_offsets":[${begin},${end}]}`;

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /at least 8 bytes, got 0/],
    [
      'a header longer than the file',
      new Uint8Array(16).fill(255),
      /header of 18446744073709551615 bytes does not fit/,
    ],
    ['text', fileOf('hello', 0), /must be JSON/],
    ['a list', fileOf('[]', 0), /must be a JSON object/],
    ['a duplicate', fileOf(`{"a":${entry(0, 4)},"\\u0061":${entry(4, 8)}}`, 8), /a name occurs twice/],
    ['an overlap', fileOf(`{"a":${entry(0, 8)},"b":${entry(4, 8)}}`, 8), /"b" overlaps/],
    ['a gap', fileOf(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12), /"b" leaves a gap/],
    [
      'missing data',
      fileOf(`{"a":${entry(0, 4_000_000_000)}}`, 8),
      /must hold 4000000000 bytes of data, got 8: it is trunc/,
    ],
    ['more data', fileOf(`{"a":${entry(0, 4)}}`, 8), /4 bytes at its end belong to no tensor/],
    ['a wrong size', fileOf(`{"a":${entry(0, 8, 3)}}`, 8), /of shape \[3\] and type F32 must take 12 bytes, got 8/],
    ['a huge shape', fileOf('{"a":{"dtype":"F32","shape":[9e15,9e15],"data_offsets":[0,4]}}', 4), /must take/],
    ['a negative shape', fileOf('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4), /shape of counts/],
    ['an unknown type', fileOf('{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}', 8), /got "C64"/],
    ['offsets of text', fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":["0",4]}}', 4), /two data_offsets/],
    ['metadata of numbers', fileOf('{"__metadata__":{"a":1}}', 0), /must hold texts/],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(readSafetensors(bytes)).rejects.toThrow(UserError);
    await expect(readSafetensors(bytes)).rejects.toThrow(message);
  });

  it('names the file that is missing, truncated or a folder', async () => {
    const path = join(folder, 'short.safetensors');
    await writeSafetensors(path, SAMPLE);
    await truncate(path, 300);
    await expect(readSafetensors(path)).rejects.toThrow(/short\.safetensors: .*damaged/s);
    await expect(readSafetensors(join(folder, 'none'))).rejects.toThrow(/none: no such file/);
    await expect(readSafetensors(folder)).rejects.toThrow(UserError);
  });

  it('meets any damage with a UserError or the right number of elements', async () => {
    const original = join2(encodeSafetensors(SAMPLE, { note: 'text' }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: original.length }),
        fc.boolean(),
        async (changes, length, cut) => {
          const bytes = original.slice(0, cut ? length : original.length);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          try {
            const { tensors } = await readSafetensors(bytes);
            for (const { shape, data } of Object.values(tensors)) {
              expect(data.length).toBe(shape.reduce((product, side) => product * side, 1));
            }
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('keeps the old file when the new one cannot be written', async () => {
    const path = join(folder, 'kept.safetensors');
    await writeFile(path, 'old');
    const wrong = { a: { shape: [3], data: new Float32Array(2) } };
    await expect(writeSafetensors(path, wrong)).rejects.toThrow(/must take 12 bytes, got 8/);
    expect(await readFile(path, 'utf8')).toBe('old');
  });
});
