import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import { diskKernel } from './disk-kernel.ts';
import { filter2D } from './filter-2d.ts';
import { reflect101 } from './reflect.ts';

describe('filter2D', () => {
  it.each([
    [3, 0.1, 20, 12],
    [10, 0.5, 9, 14],
  ])('equals the sum over the whole window for a disk of radius %d', (radius, aliasBlur, width, height) => {
    const random = createRandom(3);
    const image = Float64Array.from({ length: width * height * 3 }, () => random.uniform());
    const kernel = diskKernel(radius, aliasBlur);
    const half = (kernel.side - 1) / 2;
    const expected = image.map((_, i) => {
      const [y, x, c] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3];
      return kernel.weights.reduce((sum, weight, k) => {
        const row = reflect101(y + Math.floor(k / kernel.side) - half, height);
        const column = reflect101(x + (k % kernel.side) - half, width);
        return sum + weight * image[(row * width + column) * 3 + c]!;
      }, 0);
    });
    expect(filter2D(image, width, height, kernel)).toBeAllclose(expected, { rtol: 1e-13 });
  });
});
