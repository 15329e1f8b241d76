import type { Image } from '@mfm/data';

/** Weights are kept in 1/2048. */
const ONE = 2048;

/** For each output position: the two source positions and their weights. */
function taps(inSize: number, outSize: number, scale: number) {
  const first = new Int32Array(outSize);
  const second = new Int32Array(outSize);
  const weights = new Int32Array(2 * outSize);
  for (let i = 0; i < outSize; i++) {
    const at = Math.fround((i + 0.5) / scale - 0.5);
    const floor = Math.floor(at);
    const share = floor < 0 || floor >= inSize - 1 ? 0 : Math.fround(at - floor);
    first[i] = Math.max(0, Math.min(floor, inSize - 1));
    second[i] = Math.min(first[i]! + 1, inSize - 1);
    weights[2 * i] = roundHalfEven(Math.fround(1 - share) * ONE);
    weights[2 * i + 1] = roundHalfEven(share * ONE);
  }
  return { first, second, weights };
}

/** As C's `lrint`. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * OpenCV's `resize` by a factor, bilinear without smoothing, in its integer arithmetic.
 *
 * @param scale factor of both sides, above 0
 */
export function bilinearResize({ pixels, width, height }: Image, scale: number): Image {
  const outWidth = Math.max(1, roundHalfEven(width * scale));
  const outHeight = Math.max(1, roundHalfEven(height * scale));
  const across = taps(width, outWidth, scale);
  const down = taps(height, outHeight, scale);
  const out = new Uint8Array(outWidth * outHeight * 3);
  const row = (y: number) => {
    const sums = new Int32Array(outWidth * 3);
    for (let x = 0, o = 0; x < outWidth; x++) {
      const left = (y * width + across.first[x]!) * 3;
      const right = (y * width + across.second[x]!) * 3;
      for (let c = 0; c < 3; c++, o++) {
        sums[o] = pixels[left + c]! * across.weights[2 * x]! + pixels[right + c]! * across.weights[2 * x + 1]!;
      }
    }
    return sums;
  };
  for (let y = 0; y < outHeight; y++) {
    const [top, bottom] = [row(down.first[y]!), row(down.second[y]!)];
    const [a, b] = [down.weights[2 * y]!, down.weights[2 * y + 1]!];
    for (let i = 0; i < top.length; i++) {
      out[y * top.length + i] = (((a * (top[i]! >> 4)) >> 16) + ((b * (bottom[i]! >> 4)) >> 16) + 2) >> 2;
    }
  }
  return { pixels: out, width: outWidth, height: outHeight };
}
