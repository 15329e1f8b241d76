/** Start-of-frame markers C0 … CF but for the three that are none: Huffman tables, JPG extensions, arithmetic conditioning. */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/**
 * Number of colour components that a JPEG declares (1 grey, 3 colour, 4 CMYK), from its headers alone.
 *
 * @returns undefined for anything that is no JPEG or has no frame header
 */
export function jpegComponents(encoded: Uint8Array): number | undefined {
  if (encoded[0] !== 0xff || encoded[1] !== 0xd8) return undefined;
  let at = 2;
  while (at + 9 < encoded.length && encoded[at] === 0xff) {
    const marker = encoded[at + 1]!;
    // A marker may be preceded by any number of fill bytes.
    if (marker === 0xff) at++;
    else if (isStartOfFrame(marker)) return encoded[at + 9];
    else at += 2 + encoded[at + 2]! * 256 + encoded[at + 3]!;
  }
  return undefined;
}
