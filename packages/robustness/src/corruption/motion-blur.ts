import { motionFilter, motionKernel } from '../image/motion-filter.ts';
import { stochastic } from './corruption.ts';

/** Moved while exposed. Parameters: [radius, σ] in pixels. Draw: the direction in degrees, −45 to 45. */
export const motionBlur = stochastic<readonly [radius: number, sigma: number], { readonly angle: number }>({
  name: 'motion_blur',
  category: 'blur',
  extra: false,
  severities: {
    32: [
      [6, 1],
      [6, 1.5],
      [6, 2],
      [8, 2],
      [9, 2.5],
    ],
    64: [
      [10, 1],
      [10, 1.5],
      [10, 2],
      [10, 2.5],
      [12, 3],
    ],
    224: [
      [10, 3],
      [15, 5],
      [15, 8],
      [15, 12],
      [20, 15],
    ],
    299: [
      [12, 4],
      [17, 6],
      [17, 9],
      [17, 13],
      [22, 16],
    ],
  },
  draw: (_image, _parameters, random) => ({ angle: random.uniform(-45, 45) }),
  replay: ({ pixels, width, height }, [radius, sigma], { angle }) =>
    motionFilter(pixels, width, height, 3, motionKernel(radius, sigma, angle)),
});
