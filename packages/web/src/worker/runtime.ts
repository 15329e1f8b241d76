import asyncifyModule from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import asyncifyBinary from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import plainModule from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import plainBinary from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';

/** onnxruntime-web, whichever of its builds. */
export type Ort = typeof import('onnxruntime-web');

/** Where models run. */
export type Device = 'wasm' | 'webgpu';

/** An open device. */
export interface Runtime {
  readonly ort: Ort;
  readonly device: Device;
  /** "WebAssembly, 2 threads", "WebGPU, google swiftshader". */
  readonly description: string;
}

/** More threads than this rarely help models as small as a page can hold. */
const MOST_THREADS = 8;

async function openWasm(): Promise<Runtime> {
  const ort = await import('onnxruntime-web/wasm');
  ort.env.wasm.wasmPaths = { mjs: plainModule, wasm: plainBinary };
  // Shared memory, and with it threads, is there on a page that is isolated; the server's headers see to that.
  const threads = globalThis.crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1) : 1;
  ort.env.wasm.numThreads = threads;
  return { ort, device: 'wasm', description: `WebAssembly, ${threads} ${threads === 1 ? 'thread' : 'threads'}` };
}

async function openWebgpu(): Promise<Runtime> {
  if (!navigator.gpu) {
    throw new Error('This browser has no WebGPU. Choose WebAssembly, or open the page in a browser with WebGPU.');
  }
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) {
    throw new Error('WebGPU found no graphics adapter on this machine. Choose WebAssembly.');
  }
  const ort = await import('onnxruntime-web/webgpu');
  ort.env.wasm.wasmPaths = { mjs: asyncifyModule, wasm: asyncifyBinary };
  ort.env.wasm.numThreads = 1;
  const { vendor, architecture } = adapter.info;
  return {
    ort,
    device: 'webgpu',
    description: ['WebGPU', `${vendor} ${architecture}`.trim()].filter(Boolean).join(', '),
  };
}

/** Every device. The builds differ: only the larger one can wait for a GPU. */
const DEVICES: Readonly<Record<Device, () => Promise<Runtime>>> = { wasm: openWasm, webgpu: openWebgpu };

/**
 * Opens a device. Once for each worker: ONNX Runtime's settings are global.
 *
 * @throws Error in plain words when the device is not there; never another device instead
 */
export async function openRuntime(device: Device): Promise<Runtime> {
  const runtime = await DEVICES[device]();
  runtime.ort.env.logLevel = 'error';
  return runtime;
}
