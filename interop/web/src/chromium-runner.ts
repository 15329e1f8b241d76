import { readTensors, writeTensors } from '@mfm/interop';
import type { HostTensors } from '@mfm/onnx';
import { env } from 'onnxruntime-web';
import { chromium } from 'playwright-core';
import type { PageRequest } from './page.ts';
import { startPageServer } from './page-server.ts';
import { serveLines } from './serve-lines.ts';

const [provider, executablePath] = process.argv.slice(2) as [PageRequest['provider'], string];

/** WebGPU without a graphics card: SwiftShader computes it on the CPU. */
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];

// Its own sandbox does not work for root, as in containers. The page is ours.
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

const browser = await chromium.launch({
  executablePath,
  args: [...sandbox, ...(provider === 'webgpu' ? WEBGPU : [])],
});
const server = await startPageServer();

await serveLines(`onnxruntime-web ${env.versions.web}, Chromium ${browser.version()}`, async ({ model, runs }) => {
  const inputs = await Promise.all(runs.map((run) => readTensors(run.inputs)));
  const outputs = runs.map((): HostTensors => ({}));
  server.show({ model, inputs, outputs });
  const request: PageRequest = {
    provider,
    runs: inputs.map((tensors) => Object.entries(tensors).map(([name, { type, dims }]) => ({ name, type, dims }))),
  };
  // A page of its own: nothing is left over from the model before.
  const page = await browser.newPage();
  try {
    await page.goto(server.address);
    await page.waitForFunction(() => window.runModel !== undefined);
    await page.evaluate((given) => window.runModel!(given), request);
  } finally {
    await page.close();
  }
  for (const [index, run] of runs.entries()) await writeTensors(run.outputs, outputs[index]!);
});
await browser.close();
