import { UserError } from '@mfm/cli';
import type { Degradation } from './degradation.ts';
import type { PlanarImage } from './planar-image.ts';
import { torchBicubicResize } from './torch-bicubic.ts';

/** The image is shrunk and enlarged again, so that its fine detail is lost; the task is to bring it back. */
export interface SuperResolution {
  readonly type: 'sr';
  /** How many times smaller it is in between; divides the image's size. Official: 8. */
  readonly factor: number;
}

function clamp(image: PlanarImage): PlanarImage {
  const { data } = image;
  for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.max(0, data[i]!));
  return image;
}

/** Official `sr`: PyTorch's bicubic resize down and up, clamped to [0, 1] after each, since the cubic overshoots at edges. */
export const superResolution: Degradation<SuperResolution> = {
  check({ factor }, size) {
    if (Number.isInteger(factor) && factor >= 1 && size % factor === 0) return;
    throw new UserError(
      `degradeImage: factor must be an integer that divides the image size (${size}), got ${factor}.`,
    );
  },
  apply(image, { factor }) {
    const { width, height } = image;
    const small = clamp(torchBicubicResize(image, height / factor, width / factor));
    return clamp(torchBicubicResize(small, height, width)).data;
  },
};
