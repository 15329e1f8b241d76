/** For each output position: the two source positions and the weight of the second. */
interface LinearTaps {
  first: Int32Array;
  second: Int32Array;
  fraction: Float64Array;
  /** 0 where the coordinate falls outside by rounding and the output is 0. */
  inside: Uint8Array;
}

/** Half to even, as Python's `round`. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Ends of source and result are aligned (scipy's `grid_mode=False`). */
function linearTaps(inSize: number, outSize: number, from: number, length: number): LinearTaps {
  const step = outSize > 1 ? (inSize - 1) / (outSize - 1) : 1;
  const taps: LinearTaps = {
    first: new Int32Array(length),
    second: new Int32Array(length),
    fraction: new Float64Array(length),
    inside: new Uint8Array(length),
  };
  for (let i = 0; i < length; i++) {
    const at = (from + i) * step;
    const floor = Math.floor(at);
    taps.first[i] = floor;
    taps.second[i] = Math.min(floor + 1, inSize - 1);
    taps.fraction[i] = at - floor;
    // The last coordinate can exceed the last source pixel by one rounding; scipy's mode "constant" then writes 0.
    taps.inside[i] = at <= inSize - 1 ? 1 : 0;
  }
  return taps;
}

/** Centred crop of a side and centred trim of its enlargement, in source and result pixels. */
function zoomAxis(size: number, factor: number) {
  const crop = Math.ceil(size / factor);
  const enlarged = roundHalfEven(crop * factor);
  const taps = linearTaps(crop, enlarged, Math.max(0, Math.floor((enlarged - size) / 2)), size);
  return { taps, offset: Math.floor((size - crop) / 2) };
}

/**
 * Adds an image enlarged about its centre, cut to the original size: the reference's `clipped_zoom` with
 * `scipy.ndimage.zoom(order=1)`, in float32 where it is.
 *
 * @param image float32 `[height, width, 3]`
 * @param factor at least 1
 * @param total float32 `[height, width, 3]` that is added to
 */
export function addZoomed(
  image: Float32Array,
  width: number,
  height: number,
  factor: number,
  total: Float32Array,
): void {
  const down = zoomAxis(height, factor);
  const across = zoomAxis(width, factor);
  for (let y = 0; y < height; y++) {
    if (!down.taps.inside[y]) continue;
    const fy = down.taps.fraction[y]!;
    const top = (down.offset + down.taps.first[y]!) * width;
    const bottom = (down.offset + down.taps.second[y]!) * width;
    for (let x = 0; x < width; x++) {
      if (!across.taps.inside[x]) continue;
      const fx = across.taps.fraction[x]!;
      const left = across.offset + across.taps.first[x]!;
      const right = across.offset + across.taps.second[x]!;
      const out = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) {
        const value =
          image[(top + left) * 3 + c]! * (1 - fy) * (1 - fx) +
          image[(top + right) * 3 + c]! * (1 - fy) * fx +
          image[(bottom + left) * 3 + c]! * fy * (1 - fx) +
          image[(bottom + right) * 3 + c]! * fy * fx;
        total[out + c] = total[out + c]! + Math.fround(value);
      }
    }
  }
}

/**
 * One plane enlarged about its centre, cut to the original size: as `addZoomed`, in float64 throughout.
 *
 * @param plane float64 `[height, width]`; only its centre is read
 * @param factor at least 1
 */
export function zoomPlane(plane: Float64Array, width: number, height: number, factor: number): Float64Array {
  const down = zoomAxis(height, factor);
  const across = zoomAxis(width, factor);
  const out = new Float64Array(plane.length);
  for (let y = 0; y < height; y++) {
    if (!down.taps.inside[y]) continue;
    const fy = down.taps.fraction[y]!;
    const top = (down.offset + down.taps.first[y]!) * width + across.offset;
    const bottom = (down.offset + down.taps.second[y]!) * width + across.offset;
    for (let x = 0; x < width; x++) {
      if (!across.taps.inside[x]) continue;
      const fx = across.taps.fraction[x]!;
      const left = across.taps.first[x]!;
      const right = across.taps.second[x]!;
      out[y * width + x] =
        plane[top + left]! * (1 - fy) * (1 - fx) +
        plane[top + right]! * (1 - fy) * fx +
        plane[bottom + left]! * fy * (1 - fx) +
        plane[bottom + right]! * fy * fx;
    }
  }
  return out;
}
