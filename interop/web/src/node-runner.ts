import { readFile } from 'node:fs/promises';
import { readTensors, writeTensors } from '@mfm/interop';
import type { HostTensor, HostTensors } from '@mfm/onnx';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { serveLines } from './serve-lines.ts';

// onnxruntime-web in Node: WebAssembly, as in a browser.
env.wasm.numThreads = 1;
env.logLevel = 'error';

const toOrt = ({ type, data, dims }: HostTensor) => new Tensor(type as 'float32', data as Float32Array, dims);

const fromOrt = ({ type, data, dims }: Tensor): HostTensor => ({
  type: type as HostTensor['type'],
  data: data as HostTensor['data'],
  dims,
});

await serveLines(`onnxruntime-web ${env.versions.web}`, async ({ model, runs }) => {
  const session = await InferenceSession.create(await readFile(model), { executionProviders: ['wasm'] });
  try {
    for (const { inputs, outputs } of runs) {
      const feeds = Object.entries(await readTensors(inputs)).map(([name, tensor]) => [name, toOrt(tensor)]);
      const results = Object.entries(await session.run(Object.fromEntries(feeds)));
      const named: HostTensors = Object.fromEntries(results.map(([name, tensor]) => [name, fromOrt(tensor as Tensor)]));
      await writeTensors(outputs, named);
    }
  } finally {
    await session.release();
  }
});
