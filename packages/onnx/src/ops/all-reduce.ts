import { UserError } from '@mfm/cli';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel } from './fused-kernel.ts';

/** Kernel name, and operator of the graph, of a sum over processes. Files never hold it: `splitStages` cuts the graph there. */
export const ALL_REDUCE = 'AllReduceSum';

/** Domain of operators that this project's own programs carry out between sessions. */
export const OWN_DOMAIN = 'mfm';

/**
 * The sum of a tensor over all processes of a job, in a program that is traced and cut into stages there. Has no gradient: layers that
 * use it write theirs out.
 *
 * @param x float32, any shape, the same on every process
 * @throws UserError outside tracing
 */
export function allReduceSum<T extends tf.Tensor>(x: T): T {
  if (hasFusedKernel(ALL_REDUCE)) return tf.engine().runKernel(ALL_REDUCE, { x }) as T;
  throw new UserError(
    'allReduceSum: must be traced: sums over processes need the compiled engine. Use --engine onnxruntime.',
  );
}
