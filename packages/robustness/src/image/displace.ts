/** A pixel beside the border of scipy's mode `reflect`: cba|abc|cba, edges repeated. */
export function reflectEdge(i: number, length: number): number {
  const period = 2 * length;
  const inPeriod = ((i % period) + period) % period;
  return inPeriod < length ? inPeriod : period - 1 - inPeriod;
}

/**
 * Moves every pixel's reading position: scipy's `map_coordinates`, order 1, mode `reflect`, of float32 values.
 *
 * @param image float32 `[height, width, 3]`
 * @param dx columns to the right, `[height, width]`
 * @param dy rows down, `[height, width]`
 * @returns float32 `[height, width, 3]`
 */
export function displace(
  image: Float32Array,
  width: number,
  height: number,
  dx: Float32Array,
  dy: Float32Array,
): Float32Array {
  const out = new Float32Array(image.length);
  for (let y = 0, p = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const atX = x + dx[p]!;
      const atY = y + dy[p]!;
      const left = Math.floor(atX);
      const top = Math.floor(atY);
      const fx = atX - left;
      const fy = atY - top;
      const isInside = left >= 0 && top >= 0 && left < width - 1 && top < height - 1;
      const x0 = isInside ? left : reflectEdge(left, width);
      const x1 = isInside ? left + 1 : reflectEdge(left + 1, width);
      const y0 = isInside ? top : reflectEdge(top, height);
      const y1 = isInside ? top + 1 : reflectEdge(top + 1, height);
      const [a, b, c, d] = [(y0 * width + x0) * 3, (y0 * width + x1) * 3, (y1 * width + x0) * 3, (y1 * width + x1) * 3];
      for (let k = 0; k < 3; k++, o++) {
        out[o] =
          image[a + k]! * (1 - fy) * (1 - fx) +
          image[b + k]! * (1 - fy) * fx +
          image[c + k]! * fy * (1 - fx) +
          image[d + k]! * fy * fx;
      }
    }
  }
  return out;
}
