import type { HostTensors } from '@mfm/onnx';

/** A head that TensorFlow.js computes, its parameters kept between runs. */
export interface EagerModel {
  /** @returns the values of every output */
  run(feeds: HostTensors): Promise<Record<string, Float32Array>>;
  /** Gives the parameters' memory back. */
  close(): Promise<void>;
}
