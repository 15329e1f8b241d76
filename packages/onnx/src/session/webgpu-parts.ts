import { existsSync, readdirSync } from 'node:fs';
import { delimiter } from 'node:path';
import { type FindLibrary, libraryFinder } from './native-library.ts';

/** What WebGPU on Linux needs: the Vulkan loader and a driver that it knows of. */
export interface WebgpuParts {
  /** Path of the Vulkan loader; undefined where it is missing. */
  readonly loader?: string;
  /** Manifests of Vulkan drivers. */
  readonly drivers: readonly string[];
}

/** Where a search looks: replaced in tests. */
export interface WebgpuSearch {
  readonly findLibrary: FindLibrary;
  readonly environment: NodeJS.ProcessEnv;
  readonly manifestFolders: readonly string[];
}

/** Folders in which drivers leave their manifests (the Vulkan loader's documentation of driver discovery). */
const MANIFEST_FOLDERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

/** Looks for the loader and for drivers, without starting one. */
export function webgpuParts(search: Partial<WebgpuSearch> = {}): WebgpuParts {
  const { findLibrary = libraryFinder(), environment = process.env, manifestFolders = MANIFEST_FOLDERS } = search;
  const loader = findLibrary('libvulkan.so.1');
  const named = environment.VK_DRIVER_FILES ?? environment.VK_ICD_FILENAMES;
  const drivers = named
    ? named.split(delimiter).filter((path) => existsSync(path))
    : manifestFolders
        .filter((folder) => existsSync(folder))
        .flatMap((folder) => readdirSync(folder).map((file) => `${folder}/${file}`));
  return { ...(loader && { loader }), drivers };
}

const CPU = 'Use --device cpu otherwise.';

/** What is missing for `--device webgpu`; for the error of a session that cannot have it. */
export function webgpuAdvice(parts: WebgpuParts = webgpuParts(), platform: string = process.platform): string {
  if (platform !== 'linux') return `WebGPU needs a GPU with a Metal or Direct3D 12 driver. ${CPU}`;
  if (!parts.loader) {
    return `The Vulkan loader (libvulkan.so.1) is missing: on Debian, apt-get install libvulkan1, and the GPU's driver. ${CPU}`;
  }
  if (parts.drivers.length === 0) {
    return `The Vulkan loader is there, but no Vulkan driver: install the GPU's (on Debian mesa-vulkan-drivers, or NVIDIA's). ${CPU}`;
  }
  return `Vulkan drivers are there (${parts.drivers.join(', ')}), but none gave a device that fits: is a GPU visible to this process? ${CPU}`;
}
