/** A colour, 0 … 255 each. */
export type Colour = readonly [red: number, green: number, blue: number];

/**
 * Pascal VOC's colour of a label: its bits dealt out to red, green and blue in turn, the first to the highest bits. Any 256 labels get
 * colours of their own; label 0 is black.
 */
function vocColour(label: number): Colour {
  const colour: [number, number, number] = [0, 0, 0];
  for (let bit = 0; bit < 8; bit++) {
    const place = Math.floor(bit / 3);
    colour[bit % 3]! |= ((label >> bit) & 1) << (7 - place);
  }
  return colour;
}

/**
 * A colour for every class, as in Pascal VOC's palettes.
 *
 * @param first label of the first class: 1 leaves black to pixels without a class
 */
export const colourMap = (classCount: number, first = 0): Colour[] =>
  Array.from({ length: classCount }, (_, k) => vocColour(k + first));
