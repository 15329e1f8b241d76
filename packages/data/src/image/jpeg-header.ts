/** Start-of-frame markers C0 … CF but for the three that are none: Huffman tables, JPG extensions, arithmetic conditioning. */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** What the frame header of a JPEG says. */
export interface JpegHeader {
  /** Bits of a sample. */
  readonly precision: number;
  readonly width: number;
  readonly height: number;
  /** Colour components: 1 grey, 3 colour, 4 CMYK. */
  readonly components: number;
}

/**
 * Reads a JPEG's frame header, and nothing else of it.
 *
 * @returns undefined for anything that is no JPEG or has no frame header
 */
export function jpegHeader(encoded: Uint8Array): JpegHeader | undefined {
  if (encoded[0] !== 0xff || encoded[1] !== 0xd8) return undefined;
  const word = (at: number) => encoded[at]! * 256 + encoded[at + 1]!;
  let at = 2;
  while (at + 9 < encoded.length && encoded[at] === 0xff) {
    const marker = encoded[at + 1]!;
    // A marker may be preceded by any number of fill bytes.
    if (marker === 0xff) at++;
    else if (isStartOfFrame(marker)) {
      const size = { height: word(at + 5), width: word(at + 7) };
      return { precision: encoded[at + 4]!, ...size, components: encoded[at + 9]! };
    } else at += 2 + word(at + 2);
  }
  return undefined;
}
