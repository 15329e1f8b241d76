import * as tf from '@tensorflow/tfjs-core';

/**
 * In what order the tokens of one image lie in memory: the token's raster position (row · side + column) for each place. Norms, MLPs,
 * projections and residual sums treat tokens alike, so that a Swin keeps them in the window order of the block it is in, and only moves
 * them where the next layer wants another order: one gather, where partition and shift take a transpose and four slices each way.
 */
export type TokenOrder = Int32Array;

/** Row by row. */
export const rasterOrder = (side: number): TokenOrder => Int32Array.from({ length: side * side }, (_, i) => i);

/**
 * Window by window, the windows row by row and their tokens row by row, of an image rolled by −shift in both directions
 * (Liu et al. 2021, figure 4): the place (row, column) holds the token ((row + shift) mod side, (column + shift) mod side).
 *
 * @param side tokens per side, a multiple of `window`
 */
export function windowOrder(side: number, window: number, shift: number): TokenOrder {
  const perSide = side / window;
  const line = (windowIndex: number, offset: number) => (windowIndex * window + offset + shift) % side;
  return Int32Array.from({ length: side * side }, (_, place) => {
    const [windowIndex, token] = [Math.floor(place / window ** 2), place % window ** 2];
    const row = line(Math.floor(windowIndex / perSide), Math.floor(token / window));
    return row * side + line(windowIndex % perSide, token % window);
  });
}

/**
 * The four tokens that patch merging joins behind one another, as (row, column) offsets (0,0), (1,0), (0,1), (1,1), in the order in
 * which the merged tokens are wanted.
 *
 * @param merged order of the (side / 2)² tokens after merging
 * @param side tokens per side before merging, even
 */
export function mergeOrder(merged: TokenOrder, side: number): TokenOrder {
  const order = new Int32Array(side * side);
  merged.forEach((position, place) => {
    const [row, column] = [2 * Math.floor(position / (side / 2)), 2 * (position % (side / 2))];
    const corner = row * side + column;
    order.set([corner, corner + side, corner + 1, corner + side + 1], 4 * place);
  });
  return order;
}

/** Moves the tokens of every image: float32 [N·L, D] → [N·L, D]. */
export type TokenMove = (rows: tf.Tensor2D, batch: number) => tf.Tensor2D;

/** The place in `from` of the token at each place of `to`. */
export function placesOf(to: TokenOrder, from: TokenOrder): Int32Array {
  const places = new Int32Array(from.length);
  from.forEach((position, place) => {
    places[position] = place;
  });
  return to.map((position) => places[position]!);
}

function take(rows: tf.Tensor, batch: number, places: Int32Array): tf.Tensor2D {
  const [count, width] = rows.shape as [number, number];
  const byImage = tf.reshape(rows, [batch, count / batch, width]);
  return tf.reshape(tf.gather(byImage, tf.tensor1d(places, 'int32'), 1), [count, width]);
}

/** A move from one order into another; nothing where they are the same. */
export function tokenMove(from: TokenOrder, to: TokenOrder): TokenMove {
  const places = placesOf(to, from);
  if (places.every((from, to) => from === to)) return (rows) => rows;
  const back = placesOf(from, to);
  return (rows, batch) => {
    // The gradient of a permutation is the way back: a gather, where the tape would scatter and add.
    const withGradient = tf.customGrad((...args) => ({
      value: take(args[0] as tf.Tensor, batch, places),
      gradFunc: (dy: tf.Tensor) => take(dy, batch, back),
    }));
    return withGradient(rows) as tf.Tensor2D;
  };
}
