import { buildModel, initialModel, type ModelConfig } from '@mfm/export';
import { type HostParameters, initParameters, type ParameterSpec } from '@mfm/models';

/** Standard deviation of what is added to each value. */
const NOISE = { vector: 0.1, matrix: 0.05 };

/**
 * Parameters as training may leave them. Initial ones hide mistakes: biases are zero, scales one, running statistics those of nothing
 * seen, and the last layer is so small that logits are below any tolerance.
 */
export function trainedLikeParameters(config: ModelConfig, seed: number): HostParameters {
  const specs = buildModel(config).tensors.parameters;
  const initial = initialModel(config, seed).parameters;
  const normal = specs.map((spec): ParameterSpec => ({ ...spec, init: { kind: 'normal', std: 1 } }));
  const noise = initParameters(normal, seed + 1);
  const entries = specs.map(({ name, shape, trainable, statistic }) => {
    const { data } = initial[name]!;
    // A table that follows from the configuration stays what it is.
    if (!trainable && !statistic) return [name, { shape, data }] as const;
    const factor = shape.length > 1 ? NOISE.matrix : NOISE.vector;
    const values = data.map((value, i) => {
      const added = value + factor * noise[name]!.data[i]!;
      return statistic ? Math.abs(added) : added;
    });
    return [name, { shape, data: values }] as const;
  });
  return Object.fromEntries(entries);
}
