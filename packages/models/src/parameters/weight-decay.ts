/** Embeddings that the official pre-training leaves out by name. */
const NOT_DECAYED = new Set(['encoder.pos_embed', 'encoder.cls_token', 'encoder.absolute_pos_embed']);

/**
 * Whether weight decay applies in pre-training, by the official rule: not to vectors and scalars, biases, the encoder's position
 * embeddings and class token. It does apply to a decoder's position embedding and to relative position tables.
 */
export const isDecayed = (name: string, shape: readonly number[]): boolean =>
  shape.length > 1 && !name.endsWith('.bias') && !NOT_DECAYED.has(name);
