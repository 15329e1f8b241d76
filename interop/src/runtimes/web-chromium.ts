import { join } from 'node:path';
import { findChromium } from '@mfm/cli';
import type { Runtime } from './runtime.ts';

type Provider = 'wasm' | 'webgpu';

function webChromium(provider: Provider, name: string, description: string): Runtime {
  return {
    ...{ name, description, runs: true },
    async prepare({ home }) {
      const path = findChromium();
      if (!path) {
        throw new Error(
          'Chromium is not installed. Debian: apt-get install chromium; elsewhere set CHROMIUM to its path.',
        );
      }
      const args = [join(home, 'web', 'dist', 'chromium-runner.js'), provider, path];
      return { command: process.execPath, args };
    },
  };
}

export const chromiumWasm = webChromium('wasm', 'chromium-wasm', 'onnxruntime-web, WebAssembly in headless Chromium');

export const chromiumWebgpu = webChromium(
  'webgpu',
  'chromium-webgpu',
  'onnxruntime-web, WebGPU in headless Chromium, computed in software by SwiftShader',
);
