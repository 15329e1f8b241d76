import { UserError } from '@mfm/cli';

/** An image as degradations work on it: float32 `[C, H, W]` flat, [0, 1] scale, not clamped unless a method says so. */
export interface PlanarImage {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Turns 8-bit pixels into planes, as torchvision's `ToTensor` does.
 *
 * @param pixels uint8 `[height, width, 3]`
 * @returns float32 `[3, height, width]` in [0, 1]
 * @throws UserError when the length is not that of such an image
 */
export function toPlanes(pixels: Uint8Array, width: number, height: number): PlanarImage {
  const area = width * height;
  if (pixels.length !== 3 * area) {
    throw new UserError(
      `toPlanes: pixels must hold ${height} × ${width} × 3 values, got ${pixels.length}. Pass one RGB image.`,
    );
  }
  const data = new Float32Array(3 * area);
  for (let i = 0, at = 0; i < area; i++) {
    data[i] = pixels[at++]! / 255;
    data[i + area] = pixels[at++]! / 255;
    data[i + 2 * area] = pixels[at++]! / 255;
  }
  return { data, width, height };
}
