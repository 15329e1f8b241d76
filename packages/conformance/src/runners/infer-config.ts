import { type InferredConfig, inferConfig } from '@mfm/models';

/** What a document of a freshly built model says of each tensor; statistics are null where there is one element, or none. */
export type DescribedTensors = Readonly<
  Record<string, { shape: readonly number[]; trainable?: boolean; dtype?: string; mean?: number | null }>
>;

/**
 * The configuration of a model of which only names, shapes and statistics are known.
 *
 * @throws UserError for a model that this project does not have
 */
export function inferDescribed(source: string, pretrain: boolean, tensors: DescribedTensors): InferredConfig {
  const shapes = Object.fromEntries(
    Object.entries(tensors).map(([name, { shape }]) => [
      name,
      { shape, data: new Float32Array(shape.reduce((product, length) => product * length, 1)) },
    ]),
  );
  const config = inferConfig(source, pretrain ? 'pretext' : 'encoder', shapes);
  const { encoder } = config;
  if (encoder.type !== 'vit') return config;
  // Files tell these two by values, which are not known here.
  const prefix = pretrain ? 'encoder.' : '';
  const position = tensors[`${prefix}pos_embed`];
  const initValues = tensors[`${prefix}blocks.0.gamma_1`]?.mean ?? null;
  const positionEmbedding = position && !position.trainable ? 'sincos' : encoder.positionEmbedding;
  return { ...config, encoder: { ...encoder, initValues, positionEmbedding } };
}
