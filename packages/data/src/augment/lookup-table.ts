/** One 256-entry table for each of red, green and blue. */
export type ChannelTables = readonly [Uint8Array, Uint8Array, Uint8Array];

/** A table of 256 bytes; values are clipped to 0 … 255 and truncated. */
export function table(value: (v: number) => number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 256 }, (_, v) => Math.max(0, Math.min(255, Math.trunc(value(v)))));
}

/** Replaces every value of `[…, 3]` pixels by its table's entry, in place. */
export function lookUp(pixels: Uint8Array, [red, green, blue]: ChannelTables): void {
  for (let p = 0; p < pixels.length; p += 3) {
    pixels[p] = red[pixels[p]!]!;
    pixels[p + 1] = green[pixels[p + 1]!]!;
    pixels[p + 2] = blue[pixels[p + 2]!]!;
  }
}

/** `lookUp` with one table for all channels. */
export function lookUpAll(pixels: Uint8Array, value: (v: number) => number): void {
  const same = table(value);
  lookUp(pixels, [same, same, same]);
}
