import type { LoweringTable } from '../lowering.ts';
import { binaryKernels } from './binary.ts';
import { convolutionKernels } from './convolution.ts';
import { countingKernels } from './counting.ts';
import { croppingKernels } from './cropping.ts';
import { dilationKernels } from './dilation.ts';
import { linearAlgebraKernels } from './linear-algebra.ts';
import { movementKernels } from './movement.ts';
import { normalizationKernels } from './normalization.ts';
import { poolingKernels } from './pooling.ts';
import { reductionKernels } from './reduction.ts';
import { resizingKernels } from './resizing.ts';
import { scatteringKernels } from './scattering.ts';
import { unaryKernels } from './unary.ts';
import { volumetricKernels } from './volumetric.ts';

/** Every kernel that can be traced, by TensorFlow.js's kernel name. */
export const kernels: LoweringTable = {
  ...unaryKernels,
  ...binaryKernels,
  ...reductionKernels,
  ...linearAlgebraKernels,
  ...movementKernels,
  ...convolutionKernels,
  ...poolingKernels,
  ...normalizationKernels,
  ...resizingKernels,
  ...croppingKernels,
  ...volumetricKernels,
  ...scatteringKernels,
  ...countingKernels,
  ...dilationKernels,
};
