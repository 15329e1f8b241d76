/** Numbers for every class and cell: float32 `[K, height, width]`. */
export interface Planes {
  readonly values: Float32Array;
  readonly classCount: number;
  readonly height: number;
  readonly width: number;
}

/** Two cells and the second's share, for each position along a side. */
interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly share: Float32Array;
}

/** Bilinear interpolation between cells' centres, held at the borders: torch's `align_corners=False`, without antialiasing. */
function bilinearTaps(inSize: number, outSize: number): Taps {
  const [first, second] = [new Int32Array(outSize), new Int32Array(outSize)];
  const share = new Float32Array(outSize);
  for (let i = 0; i < outSize; i++) {
    const place = Math.max(0, ((i + 0.5) * inSize) / outSize - 0.5);
    first[i] = Math.min(inSize - 1, Math.floor(place));
    second[i] = Math.min(inSize - 1, first[i]! + 1);
    share[i] = place - first[i]!;
  }
  return { first, second, share };
}

/**
 * Resizes planes and hands out the numbers one by one: class by class, row by row.
 *
 * @param visit is given class, position in the resized plane (y · width + x) and number
 */
export function visitResized(
  { values, classCount, height, width }: Planes,
  outHeight: number,
  outWidth: number,
  visit: (k: number, position: number, value: number) => void,
): void {
  const [down, across] = [bilinearTaps(height, outHeight), bilinearTaps(width, outWidth)];
  const isSame = height === outHeight && width === outWidth;
  const row = new Float32Array(width);
  for (let k = 0; k < classCount; k++) {
    const plane = k * height * width;
    for (let y = 0, position = 0; y < outHeight; y++) {
      const [above, below] = [plane + down.first[y]! * width, plane + down.second[y]! * width];
      const low = down.share[y]!;
      for (let x = 0; x < width; x++) row[x] = values[above + x]! + low * (values[below + x]! - values[above + x]!);
      for (let x = 0; x < outWidth; x++, position++) {
        if (isSame) {
          visit(k, position, row[x]!);
          continue;
        }
        const left = row[across.first[x]!]!;
        visit(k, position, left + across.share[x]! * (row[across.second[x]!]! - left));
      }
    }
  }
}

/** Planes of another size. */
export function resizePlanes(planes: Planes, height: number, width: number): Planes {
  if (planes.height === height && planes.width === width) return planes;
  const values = new Float32Array(planes.classCount * height * width);
  const size = height * width;
  visitResized(planes, height, width, (k, position, value) => {
    values[k * size + position] = value;
  });
  return { values, classCount: planes.classCount, height, width };
}

/**
 * The class of the largest number at every pixel, of equal ones the first.
 *
 * @returns uint8 `[height, width]` at the size asked for
 */
export function largestClass(planes: Planes, height: number, width: number): Uint8Array {
  const [best, mask] = [new Float32Array(height * width), new Uint8Array(height * width)];
  best.fill(Number.NEGATIVE_INFINITY);
  visitResized(planes, height, width, (k, position, value) => {
    if (!(value > best[position]!)) return;
    best[position] = value;
    mask[position] = k;
  });
  return mask;
}

/**
 * Adds the softmax over classes to a sum of probabilities.
 *
 * @param into planes of the same size
 * @param mirrored whether `logits` are of the mirrored image
 */
export function addProbabilities(into: Planes, { values, classCount, height, width }: Planes, mirrored: boolean): void {
  const size = height * width;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * width + x;
      const to = mirrored ? y * width + (width - 1 - x) : from;
      let largest = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < classCount; k++) largest = Math.max(largest, values[k * size + from]!);
      let sum = 0;
      for (let k = 0; k < classCount; k++) sum += Math.exp(values[k * size + from]! - largest);
      for (let k = 0; k < classCount; k++) {
        into.values[k * size + to]! += Math.exp(values[k * size + from]! - largest) / sum;
      }
    }
  }
}
