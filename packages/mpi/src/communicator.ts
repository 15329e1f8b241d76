/** What a reduction adds up. */
export type Summable = Float32Array | Float64Array;

/**
 * Processes that train together. Every rank makes the same calls in the same order; each resolves when this rank's part is done.
 * Calls run one after the other on a thread of their own, so that JavaScript and ONNX Runtime go on meanwhile.
 */
export interface Communicator {
  /** This process's number, 0 … size − 1. */
  readonly rank: number;
  readonly size: number;
  /** For messages: the library's name and version. */
  readonly library: string;
  /** Ranks on this machine; undefined where it is not known. */
  readonly localSize: number | undefined;
  /** Sums up in place over all ranks; every rank gets the same sum. The array must not be touched until it resolves. */
  allReduce(data: Summable): Promise<void>;
  /** Overwrites every rank's array by that of `root` (default 0). */
  broadcast(data: ArrayBufferView, root?: number): Promise<void>;
  barrier(): Promise<void>;
  /** Ends every process of the job with this exit code. */
  abort(code: number): never;
  /** Leaves the job; every rank must, and waits for the others. A second call does nothing. */
  close(): Promise<void>;
}
