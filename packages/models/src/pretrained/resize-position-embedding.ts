import { UserError } from '@mfm/cli';
import type { HostParameter } from '../parameters/init-parameters.ts';
import { resampleGrid } from './resample-grid.ts';

/** PyTorch's coefficient of the cubic kernel. */
const A = -0.75;

/** Keys' cubic convolution kernel (1981). */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t <= 1) return ((A + 2) * t - (A + 3)) * t * t + 1;
  return t < 2 ? ((A * t - 5 * A) * t + 8 * A) * t - 4 * A : 0;
}

/**
 * PyTorch's bicubic interpolation along a side, as a matrix: `align_corners` false, no antialiasing, borders repeated.
 *
 * @returns [to][from]
 */
function bicubicMatrix(from: number, to: number): number[][] {
  return Array.from({ length: to }, (_, index) => {
    const row = new Array<number>(from).fill(0);
    const position = ((index + 0.5) * from) / to - 0.5;
    const first = Math.floor(position) - 1;
    for (let source = first; source < first + 4; source++) {
      row[Math.min(Math.max(source, 0), from - 1)]! += cubic(position - source);
    }
    return row;
  });
}

/**
 * Resizes a learnt position embedding to another grid, as the helper of the official code does, which nothing there calls.
 *
 * @param embedding [1, extra + from², D]
 * @param grid tokens per side of the new grid
 * @param extra first tokens, which are kept: 1 in a ViT (the class token), none in a Swin
 * @returns [1, extra + grid², D]
 * @throws UserError when the embedding is not of a square grid
 */
export function resizePositionEmbedding({ shape, data }: HostParameter, grid: number, extra: number): HostParameter {
  const [, tokens, embedDim] = shape as [number, number, number];
  const from = Math.sqrt(tokens - extra);
  if (shape.length !== 3 || !Number.isInteger(from) || from < 1) {
    throw new UserError(
      `resizePositionEmbedding: the embedding must be [1, ${extra} + grid², D] of a square grid, got [${shape}].`,
    );
  }
  const resized = resampleGrid(data.subarray(extra * embedDim), embedDim, bicubicMatrix(from, grid));
  const values = new Float32Array((extra + grid * grid) * embedDim);
  values.set(data.subarray(0, extra * embedDim));
  values.set(resized, extra * embedDim);
  return { shape: [1, extra + grid * grid, embedDim], data: values };
}
