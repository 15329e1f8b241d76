import type { HostParameters } from '../checkpoint/checkpoint.ts';
import { type LayerDecayGroup, layerDecayGroup } from '../classifier/layer-decay.ts';
import { buildEncoder, type EncoderConfig } from '../encoder/encoder-table.ts';
import { initParameters } from '../parameters/init-parameters.ts';
import { type LoadPretrainedOptions, loadPretrained, type Pretrained } from '../pretrained/load-pretrained.ts';
import { BACKBONE, type Segmenter } from './segmenter.ts';

const withoutBackbone = (name: string) => (name.startsWith(BACKBONE) ? name.slice(BACKBONE.length) : name);

/** A segmenter's state counts as that of its encoder. */
const encoderState = (state: HostParameters): HostParameters => {
  const own = Object.entries(state).filter(([name]) => name.startsWith(BACKBONE));
  return own.length === 0
    ? state
    : Object.fromEntries(own.map(([name, tensor]) => [withoutBackbone(name), tensor] as const));
};

/**
 * Loads pre-trained weights into a segmenter's encoder; heads begin anew. See {@link loadPretrained} for what is taken and resized.
 *
 * @param state of a pre-training checkpoint (`encoder.` before the names), a classifier, or a segmenter
 * @param seed of what begins anew
 * @throws UserError as {@link loadPretrained} does
 */
export function loadBackbone(
  segmenter: Segmenter,
  state: HostParameters,
  { seed, ...options }: Omit<LoadPretrainedOptions, 'initial'> & { readonly seed: number },
): Pretrained {
  const { config, parameters } = segmenter;
  const initial = initParameters(parameters, seed);
  const { imageSize, dropPathRate } = config;
  const encoder = buildEncoder(config.encoder, { imageSize, prefix: '', purpose: 'finetune', dropPathRate });
  const specs = encoder.stages.parameters;
  const loaded = loadPretrained({ config, encoder, parameters: specs }, encoderState(state), {
    ...options,
    initial: Object.fromEntries(specs.map(({ name }) => [name, initial[BACKBONE + name]!])),
  });
  const ofEncoder = Object.entries(loaded.parameters).map(([name, tensor]) => [BACKBONE + name, tensor] as const);
  return { ...loaded, parameters: { ...initial, ...Object.fromEntries(ofEncoder) } };
}

/**
 * The parameter groups of fine-tuning ({@link layerDecayGroup}) for a segmenter, as in BEiT's segmentation: its heads, its pyramid and the
 * normalisations of its maps are of the last layer.
 */
export function segmenterDecayGroup(
  config: EncoderConfig,
  layerDecay: number,
): (name: string, shape: readonly number[]) => LayerDecayGroup {
  const group = layerDecayGroup(config, layerDecay);
  return (name, shape) => group(withoutBackbone(name), shape);
}
