import type { HostTensors } from '@mfm/onnx';

/** A head that TensorFlow.js computes, its parameters kept between runs. */
export interface EagerModel {
  /**
   * @param copies how often every image is counted; default 1
   * @returns the values of every output
   */
  run(feeds: HostTensors, copies?: number): Promise<Record<string, Float32Array>>;
  /** Gives the parameters' memory back. */
  close(): Promise<void>;
}
