import type { InferenceSession, Tensor } from 'onnxruntime-web';

/** A tensor whose bytes are fetched from, or sent to, an address of this page's server. */
export interface RemoteTensor {
  readonly name: string;
  readonly type: Tensor.Type;
  readonly dims: readonly number[];
}

export interface PageRequest {
  readonly provider: 'wasm' | 'webgpu';
  /** Inputs of each run; their bytes are at `/input?run=…&name=…`. */
  readonly runs: readonly (readonly RemoteTensor[])[];
}

declare global {
  interface Window {
    /** What the program that drives the page calls. */
    runModel?: (request: PageRequest) => Promise<void>;
  }
}

const MODULES = {
  wasm: () => import('onnxruntime-web/wasm'),
  webgpu: () => import('onnxruntime-web/webgpu'),
};

const ARRAYS: Readonly<Record<string, (bytes: ArrayBuffer) => Tensor.DataType>> = {
  float32: (bytes) => new Float32Array(bytes),
  int64: (bytes) => new BigInt64Array(bytes),
  int32: (bytes) => new Int32Array(bytes),
  uint8: (bytes) => new Uint8Array(bytes),
  bool: (bytes) => new Uint8Array(bytes),
};

async function fetchBytes(address: string): Promise<ArrayBuffer> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.arrayBuffer();
}

async function sendOutputs(run: number, results: InferenceSession.OnnxValueMapType): Promise<void> {
  for (const [name, value] of Object.entries(results)) {
    const tensor = value as Tensor;
    const query = new URLSearchParams({ run: `${run}`, name, type: tensor.type, dims: JSON.stringify(tensor.dims) });
    const body = (await tensor.getData()) as Float32Array<ArrayBuffer>;
    const response = await fetch(`/output?${query}`, { method: 'POST', body });
    if (!response.ok) throw new Error(`output ${name}: ${response.status}`);
  }
}

async function runModel({ provider, runs }: PageRequest): Promise<void> {
  const ort = await MODULES[provider]();
  ort.env.wasm.wasmPaths = '/ort/';
  // Threads would need a page that is isolated from others, and are no test of the model.
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(await fetchBytes('/model'), { executionProviders: [provider] });
  for (const [run, inputs] of runs.entries()) {
    const feeds: Record<string, Tensor> = {};
    for (const { name, type, dims } of inputs) {
      const bytes = await fetchBytes(`/input?${new URLSearchParams({ run: `${run}`, name })}`);
      feeds[name] = new ort.Tensor(type as 'float32', ARRAYS[type]!(bytes) as Float32Array, dims);
    }
    await sendOutputs(run, await session.run(feeds));
  }
  await session.release();
}

window.runModel = runModel;
