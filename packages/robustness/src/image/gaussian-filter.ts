/** Half a normalised Gaussian: `[w(0), w(1), …, w(radius)]`, cut at 4 standard deviations as scipy does. */
function gaussianWeights(sigma: number): Float64Array {
  const radius = Math.trunc(4 * sigma + 0.5);
  const weights = new Float64Array(radius + 1);
  let sum = 0;
  for (let x = -radius; x <= radius; x++) sum += Math.exp((-0.5 / (sigma * sigma)) * x * x);
  for (let x = 0; x <= radius; x++) weights[x] = Math.exp((-0.5 / (sigma * sigma)) * x * x) / sum;
  return weights;
}

const clamp = (i: number, length: number) => Math.max(0, Math.min(i, length - 1));

/** `out[i] = x[i] w(0) + Σ (x[i − step] + x[i + step]) w(step)`, far taps first as scipy's `correlate1d` sums them. */
function filterRows(source: Float64Array, width: number, height: number, channels: number, weights: Float64Array) {
  const radius = weights.length - 1;
  const out = new Float64Array(source.length);
  const rowLength = width * channels;
  const padded = new Float64Array((width + 2 * radius) * channels);
  const center = radius * channels;
  for (let y = 0; y < height; y++) {
    const row = y * rowLength;
    for (let x = -radius; x < width + radius; x++) {
      const from = row + clamp(x, width) * channels;
      for (let c = 0; c < channels; c++) padded[center + x * channels + c] = source[from + c]!;
    }
    for (let i = 0; i < rowLength; i++) {
      const at = center + i;
      let sum = padded[at]! * weights[0]!;
      for (let k = radius, d = radius * channels; k > 0; k--, d -= channels) {
        sum += (padded[at - d]! + padded[at + d]!) * weights[k]!;
      }
      out[row + i] = sum;
    }
  }
  return out;
}

function filterColumns(source: Float64Array, rowLength: number, height: number, weights: Float64Array) {
  const out = new Float64Array(source.length);
  for (let y = 0; y < height; y++) {
    const row = y * rowLength;
    for (let i = 0; i < rowLength; i++) out[row + i] = source[row + i]! * weights[0]!;
    for (let k = weights.length - 1; k > 0; k--) {
      const above = clamp(y - k, height) * rowLength;
      const below = clamp(y + k, height) * rowLength;
      const weight = weights[k]!;
      for (let i = 0; i < rowLength; i++) out[row + i]! += (source[above + i]! + source[below + i]!) * weight;
    }
  }
  return out;
}

/** Rounds to float32, in place. */
function toSingle(values: Float64Array): Float64Array {
  for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i]!);
  return values;
}

/**
 * Gaussian filter with replicated edges, as `skimage.filters.gaussian` (mode `nearest`, truncate 4).
 *
 * @param image float64 `[height, width, channels]`
 * @param sigma standard deviation in pixels, above 0
 * @param isSingle rounds to float32 after each axis, as scipy does with float32 images
 */
export function gaussianFilter(
  image: Float64Array,
  width: number,
  height: number,
  channels: number,
  sigma: number,
  isSingle = false,
): Float64Array {
  const weights = gaussianWeights(sigma);
  // Columns first: scipy goes through the axes in order.
  const columns = filterColumns(image, width * channels, height, weights);
  const out = filterRows(isSingle ? toSingle(columns) : columns, width, height, channels, weights);
  return isSingle ? toSingle(out) : out;
}
