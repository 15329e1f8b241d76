/** Side of the map that covers an image: a power of two. */
export const plasmaSize = (width: number, height: number): number =>
  2 ** Math.ceil(Math.log2(Math.max(2, width, height)));

/**
 * A cloud-like height map by the diamond–square algorithm on a torus, scaled to [0, 1].
 *
 * @param side of the map, a power of two
 * @param decay factor by which the amplitude shrinks at each level
 * @param uniforms side² − 1 draws in [0, 1): each level's squares, then its two sets of diamonds, row by row
 * @returns float64 `[side, side]`
 */
export function plasma(side: number, decay: number, uniforms: ArrayLike<number>): Float64Array {
  const map = new Float64Array(side * side);
  let next = 0;
  let wibble = 100;
  for (let step = side; step >= 2; step /= 2, wibble /= decay) {
    const half = step / 2;
    // wibble · uniform(−wibble, wibble), in the reference's order of operations.
    const middle = (sum: number) => sum / 4 + wibble * (-wibble + 2 * wibble * uniforms[next++]!);
    const wrap = side - 1;
    for (let y = 0; y < side; y += step) {
      const here = y * side;
      const below = ((y + step) & wrap) * side;
      const out = (y + half) * side + half;
      for (let x = 0; x < side; x += step) {
        const right = (x + step) & wrap;
        map[out + x] = middle(map[here + x]! + map[below + x]! + (map[here + right]! + map[below + right]!));
      }
    }
    for (let y = 0; y < side; y += step) {
      const here = y * side;
      const center = (y + half) * side + half;
      const above = ((y - half + side) & wrap) * side + half;
      for (let x = 0; x < side; x += step) {
        const corners = map[here + x]! + map[here + ((x + step) & wrap)]!;
        map[here + half + x] = middle(map[center + x]! + map[above + x]! + corners);
      }
    }
    for (let y = 0; y < side; y += step) {
      const here = y * side;
      const below = ((y + step) & wrap) * side;
      const center = (y + half) * side;
      for (let x = 0; x < side; x += step) {
        const centers = map[center + x + half]! + map[center + ((x - half + side) & wrap)]!;
        map[center + x] = middle(centers + (map[here + x]! + map[below + x]!));
      }
    }
  }
  return normalise(map);
}

/** To [0, 1], in place. */
function normalise(map: Float64Array): Float64Array {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < map.length; i++) {
    if (map[i]! < low) low = map[i]!;
    if (map[i]! > high) high = map[i]!;
  }
  const range = high - low;
  for (let i = 0; i < map.length; i++) map[i] = (map[i]! - low) / range;
  return map;
}
