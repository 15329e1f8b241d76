import type { Tensor } from '@tensorflow/tfjs-core';

/** One input of a TensorFlow.js model. */
export interface TfjsInput {
  readonly name: string;
  /** `null` for a length that is open; undefined where not even the rank is known. */
  readonly shape: readonly (number | null)[] | undefined;
  readonly dtype: 'float32' | 'int32' | 'bool';
}

/** A LayersModel or GraphModel, ready to run. */
export interface TfjsModel {
  readonly inputs: readonly TfjsInput[];
  readonly outputs: readonly string[];
  /** The weights that become initializers, by their names in the file. */
  readonly weights: Readonly<Record<string, Tensor>>;
  /** Inference, on whatever backend is set. */
  run(inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor>;
  dispose(): void;
}
