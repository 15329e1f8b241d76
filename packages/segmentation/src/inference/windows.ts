/** Where a window of an image begins. */
export interface WindowPlace {
  readonly left: number;
  readonly top: number;
}

/** First pixels of the windows along one side: `stride` apart, the last moved back so that it ends with the image. */
function starts(length: number, crop: number, stride: number): number[] {
  const count = Math.ceil(Math.max(0, length - crop) / stride) + 1;
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(i * stride, length - crop)));
}

/**
 * The windows that cover an image, row by row, as mmsegmentation's `slide_inference` places them. An image smaller than a window has one, which reaches beyond it.
 *
 * @param crop side of a window in pixels
 * @param stride from a window to the next, 1 … crop
 */
export function planWindows(width: number, height: number, crop: number, stride: number): WindowPlace[] {
  const columns = starts(width, crop, stride);
  return starts(height, crop, stride).flatMap((top) => columns.map((left) => ({ left, top })));
}
