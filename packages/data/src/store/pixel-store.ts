import type { ImageReader } from './image-store.ts';

/** Decoded images in shared memory. */
export interface PixelStore {
  kind: 'pixels';
  /** Every image's RGB rows, one after the other. */
  bytes: Uint8Array;
  /** First byte of each image. */
  offset: Float64Array;
  width: Uint16Array;
  height: Uint16Array;
}

/** Hands out views into the decoded images; nothing is copied. */
export function openPixelStore({ bytes, offset, width, height }: PixelStore): ImageReader {
  return {
    read(index) {
      const start = offset[index]!;
      const size = { width: width[index]!, height: height[index]! };
      return { pixels: bytes.subarray(start, start + size.width * size.height * 3), ...size };
    },
    async close() {},
  };
}
