import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cudaAdvice, cudaParts } from './cuda-parts.ts';
import { libraryFinder } from './native-library.ts';

const EVERY_LIBRARY = [
  ...['libcuda.so.1', 'libcudart.so.12', 'libcublas.so.12', 'libcublasLt.so.12'],
  ...['libcufft.so.11', 'libcurand.so.10', 'libcudnn.so.9'],
];

let folder: string;
let withProvider: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mfm-cuda-'));
  withProvider = mkdtempSync(join(tmpdir(), 'mfm-cuda-'));
  for (const file of ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so']) {
    writeFileSync(join(withProvider, file), '');
  }
});
afterAll(() => {
  for (const made of [folder, withProvider]) rmSync(made, { recursive: true });
});

/** The parts where all libraries but `absent` are there. */
const partsWithout = (absent: readonly string[], providerFolder = withProvider, platform = 'linux-x64') =>
  cudaParts({
    platform,
    providerFolder,
    findLibrary: (soname) =>
      EVERY_LIBRARY.includes(soname) && !absent.includes(soname) ? `/lib/${soname}` : undefined,
  });

describe('cudaParts', () => {
  it('finds everything', () => {
    const parts = partsWithout([]);
    expect(parts.map(({ name }) => name)).toEqual(['CUDA provider', 'NVIDIA driver', 'CUDA 12', 'cuDNN 9']);
    expect(parts.every(({ missing, path }) => missing.length === 0 && path !== undefined)).toBe(true);
    expect(cudaAdvice(parts)).toMatch(/Every library is there/);
  });

  it.each([
    ['the provider', [], () => folder, /^CUDA provider is missing \(libonnxruntime_providers_shared\.so, .*setup:cuda/],
    [
      'the driver',
      ['libcuda.so.1'],
      () => withProvider,
      /^NVIDIA driver is missing \(libcuda\.so\.1\)\. Install the NVIDIA driver/,
    ],
    [
      'CUDA',
      ['libcublasLt.so.12'],
      () => withProvider,
      /^CUDA 12 is missing \(libcublasLt\.so\.12\)\. .*LD_LIBRARY_PATH/,
    ],
    ['cuDNN', ['libcudnn.so.9'], () => withProvider, /^cuDNN 9 is missing \(libcudnn\.so\.9\)\. Install cuDNN 9/],
  ])('says that %s is missing, and only that', (_, absent, providerFolder, message) => {
    const parts = partsWithout(absent, providerFolder());
    expect(parts.filter(({ missing }) => missing.length > 0)).toHaveLength(1);
    expect(cudaAdvice(parts)).toMatch(message);
    expect(cudaAdvice(parts)).toMatch(/Use --device cpu otherwise\.$/);
  });

  it('says where there is no provider for the platform', () => {
    expect(cudaAdvice(partsWithout([], folder, 'darwin-arm64'))).toMatch(
      /^platform is missing \(linux-x64 \(this is darwin-arm64\)\)\. .* Linux on x64 alone/,
    );
  });
});

describe('libraryFinder', () => {
  it('looks in LD_LIBRARY_PATH first', () => {
    writeFileSync(join(folder, 'libcudart.so.12'), '');
    const find = libraryFinder({ LD_LIBRARY_PATH: `/nowhere:${folder}` });
    expect(find('libcudart.so.12')).toBe(join(folder, 'libcudart.so.12'));
    expect(find('libnot-there.so.99')).toBeUndefined();
  });
});
