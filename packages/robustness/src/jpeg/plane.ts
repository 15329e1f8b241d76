/** One colour component: bytes `[height, width]`. */
export interface Plane {
  samples: Uint8Array;
  width: number;
  height: number;
}

/** Smallest multiple of `side` that is at least `length`. */
export function roundUp(length: number, side: number): number {
  return Math.ceil(length / side) * side;
}

/** Repeats the last column and row until the size is reached. */
export function extendEdges(plane: Plane, width: number, height: number): Plane {
  if (width === plane.width && height === plane.height) return plane;
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = Math.min(y, plane.height - 1) * plane.width;
    samples.set(plane.samples.subarray(from, from + plane.width), y * width);
    samples.fill(plane.samples[from + plane.width - 1]!, y * width + plane.width, (y + 1) * width);
  }
  return { samples, width, height };
}
