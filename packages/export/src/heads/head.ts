import type { Tensors } from '@mfm/models';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { BuiltModel } from '../built-model.ts';

/** What an input holds, which decides how probes of the parity check make it up. */
export type InputContent =
  /** Pixels after mean and deviation, float32. */
  | 'normalized'
  /** An image in [0, 1], float32. */
  | 'image'
  /** An image of bytes, channels last. */
  | 'pixels'
  /** Zeros and ones over the centred spectrum, 1 = frequency kept, float32. */
  | 'mask'
  /** The number of a class, int64. */
  | 'label'
  /** A tensor of a training state: a parameter, running statistic or moment, float32. */
  | 'state'
  /** Learning rate and number of the step, float32. */
  | 'rate'
  | 'step';

/** An input of an exported model. */
export interface HeadInput {
  /** Without the batch axis, which comes first in all but inputs that are `whole`. */
  readonly shape: readonly number[];
  readonly content: InputContent;
  /** Element type in the file; default float32. */
  readonly type?: 'float32' | 'int64' | 'uint8';
  /** Has no batch axis: a scalar, a tensor of a state. */
  readonly whole?: true;
}

/** Outputs that are gradients, which must agree with the eager model's in proportion to their size as well. */
export interface HeadGradients {
  /** Of `each` image's loss by itself, with the images on the first axis of every output, or of the loss of `all` images of the batch. */
  readonly of: 'each' | 'all';
  includes(output: string): boolean;
}

/** What of a model is exported: inputs, and the function from them to named outputs. */
export interface HeadGraph {
  readonly gradients?: HeadGradients;
  /**
   * How many different images show all that a batch of this size can: repeated until the batch is full, they give the same outputs as
   * they do alone, counted so often. Default: as many as the batch has.
   */
  differentImages?(model: BuiltModel, batch: number): number;
  inputs(model: BuiltModel): Record<string, HeadInput>;
  /**
   * @param parameters all of the model's; those that `inputs` feeds are of no use here
   * @param copies how often every image is counted, as in a batch that repeats them; default 1
   */
  run(model: BuiltModel, parameters: Tensors, inputs: Record<string, Tensor>, copies?: number): Record<string, Tensor>;
  /** What the file says besides in `metadata_props`: values that are not plain text are JSON. */
  metadata?(model: BuiltModel, batch: number | undefined): Record<string, string>;
}

/** A head, as the command line knows it. */
export interface Head {
  readonly description: string;
  /** What models it is for, and how to tell that another is not. */
  readonly needs: string;
  fits(model: BuiltModel): boolean;
  /** Images of a batch, where the graph is of one batch size and none is asked for. Others leave the batch open. */
  readonly fixedBatch?: number;
  /** Whether a file with the parameters that training begins with belongs beside the model. */
  readonly trains?: true;
  /** Whether an output is a derivative with respect to the images, which must then be floats. */
  readonly differentiatesImages?: true;
  /** Its graph; a promise, so that what one head needs is not loaded for every other. */
  graph(): HeadGraph | Promise<HeadGraph>;
}
