/** A picture, and how like the query it is. */
export interface Neighbour {
  readonly index: number;
  /** Cosine of the angle between the features, in [−1, 1]. */
  readonly cosine: number;
}

/**
 * The pictures whose features point most nearly in the direction of one picture's, the most similar first, itself left out.
 *
 * @param features one vector for each picture
 * @param query index of the picture that is asked about
 * @throws RangeError when there is no such picture
 */
export function nearest(features: readonly Float32Array[], query: number, count: number): Neighbour[] {
  const asked = features[query];
  if (!asked) throw new RangeError(`nearest: query must be one of ${features.length} pictures, got ${query}.`);
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  return features
    .map((vector, index) => {
      const norms = Math.sqrt(dot(vector, vector) * dot(asked, asked));
      return { index, cosine: norms > 0 ? dot(vector, asked) / norms : 0 };
    })
    .filter(({ index }) => index !== query)
    .sort((a, b) => b.cosine - a.cosine)
    .slice(0, count);
}

/**
 * Features without what they have in common: their mean is taken away, so that cosines tell pictures apart.
 *
 * @param features one vector for each picture, all of one length
 */
export function centred(features: readonly Float32Array[]): Float32Array[] {
  const mean = Float64Array.from({ length: features[0]?.length ?? 0 }, (_, i) =>
    features.reduce((sum, vector) => sum + vector[i]! / features.length, 0),
  );
  return features.map((vector) => vector.map((value, i) => value - mean[i]!));
}
