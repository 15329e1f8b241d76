/** A decoded image: 8-bit RGB, rows from the top, `[height, width, 3]` flat. */
export interface Image {
  pixels: Uint8Array;
  width: number;
  height: number;
  /** Of segmentation data sets: the class of every pixel, `[height, width]` flat, 255 for none. */
  mask?: Uint8Array;
}
