/** An octave of rings, and what of the whole lies in it. */
export interface OctaveShare {
  /** Its rings, in cycles per image. */
  readonly name: string;
  readonly share: number;
}

/** First and last ring of each octave: 0, 1, 2–3, 4–7, … */
export function octavesOf(rings: number): (readonly [first: number, last: number])[] {
  const octaves: (readonly [number, number])[] = [[0, 0]];
  for (let first = 1; first < rings; first *= 2) octaves.push([first, Math.min(rings, 2 * first) - 1]);
  return octaves;
}

/** The name of rings `first` … `last`. */
export const ringsName = ([first, last]: readonly [number, number]): string =>
  first === last ? String(first) : `${first}–${last}`;

/** Sums of shares over octaves: a spectrum in a handful of numbers. */
export const octaveShares = (shares: readonly number[]): OctaveShare[] =>
  octavesOf(shares.length).map((octave) => ({
    name: ringsName(octave),
    share: shares.slice(octave[0], octave[1] + 1).reduce((sum, value) => sum + value, 0),
  }));
