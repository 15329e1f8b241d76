import { RESAMPLE_WASM } from './resample.wasm.ts';

// TypeScript describes WebAssembly with the browser's types alone.
interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/** What `assembly/resample.ts` exports; pointers are byte offsets in `memory`. */
export interface ResampleKernel {
  readonly memory: Memory;
  resampleRows(
    from: number,
    fromStride: number,
    rows: number,
    start: number,
    weights: number,
    pairs: number,
    width: number,
    to: number,
    toStride: number,
  ): void;
  resampleColumns(
    from: number,
    fromStride: number,
    start: number,
    weights: number,
    pairs: number,
    height: number,
    rowLength: number,
    to: number,
  ): void;
}

const PAGE = 65536;

let kernel: ResampleKernel | undefined;

/** This thread's instance, with at least so many bytes of memory; what lay in it is undefined. */
export function resampleKernel(bytes: number): ResampleKernel {
  kernel ??= new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(RESAMPLE_WASM, 'base64')))
    .exports as ResampleKernel;
  const missing = bytes - kernel.memory.buffer.byteLength;
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE));
  return kernel;
}
