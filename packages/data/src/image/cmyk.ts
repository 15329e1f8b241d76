/** Rounded a · b / 255 of bytes. */
function multiplyBytes(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/**
 * Turns CMYK bytes into RGB as Pillow's `convert('RGB')` does: by formula, without a colour profile.
 *
 * @param pixels uint8 `[…, 4]`, 0 = no ink
 * @returns uint8 `[…, 3]`
 */
export function cmykToRgb(pixels: Uint8Array): Uint8Array<ArrayBuffer> {
  const rgb = new Uint8Array((pixels.length / 4) * 3);
  for (let p = 0, o = 0; p < pixels.length; p += 4, o += 3) {
    const light = 255 - pixels[p + 3]!;
    for (let c = 0; c < 3; c++) rgb[o + c] = light - multiplyBytes(pixels[p + c]!, light);
  }
  return rgb;
}
