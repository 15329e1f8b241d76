import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { webgpuAdvice, webgpuParts } from './webgpu-parts.ts';

const findLoader = (soname: string) => (soname === 'libvulkan.so.1' ? '/lib/libvulkan.so.1' : undefined);

describe('webgpuParts', () => {
  it('tells a missing loader, a missing driver and a driver without a device apart', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mfm-vulkan-'));
    const search = { environment: {}, manifestFolders: [folder, join(folder, 'none')] };
    const nothing = webgpuParts({ ...search, findLibrary: () => undefined });
    expect(nothing).toEqual({ drivers: [] });
    expect(webgpuAdvice(nothing, 'linux')).toMatch(/libvulkan\.so\.1\) is missing: .*apt-get install libvulkan1/);
    const loaderOnly = webgpuParts({ ...search, findLibrary: findLoader });
    expect(webgpuAdvice(loaderOnly, 'linux')).toMatch(/no Vulkan driver/);
    writeFileSync(join(folder, 'gpu_icd.json'), '{}');
    const both = webgpuParts({ ...search, findLibrary: findLoader });
    expect(both).toEqual({ loader: '/lib/libvulkan.so.1', drivers: [`${folder}/gpu_icd.json`] });
    expect(webgpuAdvice(both, 'linux')).toMatch(/gpu_icd\.json\), but none gave a device/);
    const named = webgpuParts({
      ...{ findLibrary: findLoader, manifestFolders: [] },
      environment: { VK_ICD_FILENAMES: `/nowhere.json:${folder}/gpu_icd.json` },
    });
    expect(named.drivers).toEqual([`${folder}/gpu_icd.json`]);
    expect(webgpuAdvice(both, 'darwin')).toMatch(/Metal or Direct3D 12/);
    rmSync(folder, { recursive: true });
  });
});
