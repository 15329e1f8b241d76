import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { encodeSafetensors as encodeReference, readSafetensors as readReference } from '@mfm/models';
import { encodeSafetensors, readSafetensors } from './safetensors.ts';

const TENSORS = {
  'model.a': { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-30, 6) },
  'model.b': { shape: [], data: Float32Array.of(7) },
};
const METADATA = { format: 'mfm-checkpoint', config: '{"a":"ü"}' };
const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

describe('safetensors', () => {
  it('written here are read by the checkpoints’ reader', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mfm-web-'));
    const path = join(folder, 'file.safetensors');
    await writeFile(path, await bytesOf(encodeSafetensors({ tensors: TENSORS, metadata: METADATA })));
    const { tensors, metadata } = await readReference(path);
    await rm(folder, { recursive: true });
    expect(metadata).toEqual(METADATA);
    for (const [name, { shape, data }] of Object.entries(TENSORS)) {
      expect(tensors[name]!.shape).toEqual(shape);
      expect([...(tensors[name]!.data as Float32Array)]).toEqual([...data]);
    }
  });

  it('written by the checkpoints’ writer are read here', () => {
    const bytes = new Uint8Array(Buffer.concat(encodeReference(TENSORS, METADATA)));
    expect(readSafetensors(bytes)).toEqual({ tensors: TENSORS, metadata: METADATA });
  });

  it('that are damaged are refused at every length and for other types', async () => {
    const bytes = await bytesOf(encodeSafetensors({ tensors: TENSORS, metadata: METADATA }));
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readSafetensors(bytes.slice(0, length))).toThrow(/readSafetensors: .* damaged/);
    }
    const half = new Uint8Array(Buffer.concat(encodeReference({ x: { shape: [1], data: Int32Array.of(1) } })));
    expect(() => readSafetensors(half)).toThrow(/tensor "x" must be F32 .*, got I32/);
  });
});
