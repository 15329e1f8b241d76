import { join } from 'node:path';
import type { Runtime } from './runtime.ts';

export const webNode: Runtime = {
  name: 'ort-web-node',
  description: 'onnxruntime-web, WebAssembly in Node',
  runs: true,
  async prepare({ home }) {
    return { command: process.execPath, args: [join(home, 'web', 'dist', 'node-runner.js')] };
  },
};
