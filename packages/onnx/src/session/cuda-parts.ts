import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type FindLibrary, libraryFinder } from './native-library.ts';

/** One of the things that ONNX Runtime's CUDA provider needs. */
export interface CudaPart {
  readonly name: string;
  /** Path of its first library; undefined where something is missing. */
  readonly path?: string;
  /** Libraries that were not found. */
  readonly missing: readonly string[];
  /** How to get it. */
  readonly advice: string;
}

/** Where a search looks: replaced in tests. */
export interface CudaSearch {
  readonly platform: string;
  /** Folder of ONNX Runtime's binaries. */
  readonly providerFolder: string;
  readonly findLibrary: FindLibrary;
}

const PROVIDER_FILES = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];

/** Libraries by who brings them; versions are those that ONNX Runtime 1.30's provider is linked with (its install notes: CUDA 12, cuDNN 9). */
const LIBRARIES: readonly Pick<CudaPart, 'name' | 'missing' | 'advice'>[] = [
  {
    name: 'NVIDIA driver',
    missing: ['libcuda.so.1'],
    advice: 'Install the NVIDIA driver; in a container, start it with the GPU (docker run --gpus all).',
  },
  {
    name: 'CUDA 12',
    missing: ['libcudart.so.12', 'libcublas.so.12', 'libcublasLt.so.12', 'libcufft.so.11', 'libcurand.so.10'],
    advice: 'Install the CUDA 12 runtime (CUDA 11 and 13 do not fit) and put its lib64 folder on LD_LIBRARY_PATH.',
  },
  {
    name: 'cuDNN 9',
    missing: ['libcudnn.so.9'],
    advice: 'Install cuDNN 9 for CUDA 12 and put its lib folder on LD_LIBRARY_PATH.',
  },
];

function onnxruntimeFolder(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  return join(dirname(entry), '..', 'bin', 'napi-v6', process.platform, process.arch);
}

/**
 * Tells apart what `--device cuda` needs: the provider, the driver, CUDA and cuDNN. Looks for files only; whether they work shows when a session
 * is opened.
 */
export function cudaParts(search: Partial<CudaSearch> = {}): readonly CudaPart[] {
  const {
    platform = `${process.platform}-${process.arch}`,
    providerFolder = onnxruntimeFolder(),
    findLibrary = libraryFinder(),
  } = search;
  if (platform !== 'linux-x64') {
    const advice = "ONNX Runtime's CUDA provider for Node exists for Linux on x64 alone; use --device webgpu or cpu.";
    return [{ name: 'platform', missing: [`linux-x64 (this is ${platform})`], advice }];
  }
  const provider = PROVIDER_FILES.filter((file) => !existsSync(join(providerFolder, file)));
  return [
    {
      name: 'CUDA provider',
      ...(provider.length === 0 && { path: join(providerFolder, PROVIDER_FILES[1]!) }),
      missing: provider,
      advice: 'Run "pnpm setup:cuda": it downloads the provider, which the npm package leaves out.',
    },
    ...LIBRARIES.map(({ name, missing: wanted, advice }) => {
      const missing = wanted.filter((soname) => !findLibrary(soname));
      const path = findLibrary(wanted[0]!);
      return { name, ...(missing.length === 0 && path && { path }), missing, advice };
    }),
  ];
}

/** One sentence for each missing part, and what to use meanwhile; for the error of a session that cannot have CUDA. */
export function cudaAdvice(parts: readonly CudaPart[] = cudaParts()): string {
  const absent = parts.filter(({ missing }) => missing.length > 0);
  if (absent.length === 0) {
    return 'Every library is there: the GPU may be busy, or too old for CUDA 12. "pnpm doctor" tries it; use --device cpu otherwise.';
  }
  const sentences = absent.map(({ name, missing, advice }) => `${name} is missing (${missing.join(', ')}). ${advice}`);
  return `${sentences.join(' ')} Use --device cpu otherwise.`;
}
