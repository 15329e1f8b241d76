/**
 * Fixed sin-cos position embedding (MoCo v3's, as in the official code): the first half of the channels encodes the column, the second
 * the row; each half is [sin(p ω), cos(p ω)] with ω = 10000^(−k / (D/4)). The class token's row is zero.
 *
 * @param embedDim D, a multiple of 4
 * @param grid tokens per side
 * @returns [1 + grid², D], float64
 */
export function sinCosPositionEmbedding(embedDim: number, grid: number): Float64Array {
  const quarter = embedDim / 4;
  const table = new Float64Array((1 + grid * grid) * embedDim);
  for (let token = 0; token < grid * grid; token++) {
    const row = (1 + token) * embedDim;
    for (let k = 0; k < quarter; k++) {
      const omega = 10000 ** (-k / quarter);
      [token % grid, Math.floor(token / grid)].forEach((position, half) => {
        table[row + half * 2 * quarter + k] = Math.sin(position * omega);
        table[row + half * 2 * quarter + quarter + k] = Math.cos(position * omega);
      });
    }
  }
  return table;
}
