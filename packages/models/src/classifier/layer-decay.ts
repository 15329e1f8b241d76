import type { EncoderConfig } from '../encoder/encoder-table.ts';

/** How fine-tuning treats a parameter. */
export interface LayerDecayGroup {
  /** 0 for what comes before the blocks, then 1 for each block, and one more for the rest, the head among it. */
  readonly layerId: number;
  /** Multiplies the base learning rate: layerDecay^(last layer − layerId). */
  readonly lrScale: number;
  /** Whether weight decay applies. */
  readonly decayed: boolean;
}

/** How the layers of an encoder are numbered, by the names of its parameters in a classifier. */
interface LayerRule {
  /** Blocks L. */
  readonly blocks: number;
  /** 0 … L, or undefined for the last layer, L + 1. */
  layerOf(name: string): number | undefined;
  /** Left out of weight decay, besides vectors and biases. */
  isSpared(name: string): boolean;
}

type RuleOf<T extends EncoderConfig['type']> = (config: Extract<EncoderConfig, { type: T }>) => LayerRule;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Number of the named block, from 1, where blocks are counted through all stages. */
const blockOf = (depths: readonly number[], stage: string, block: string): number =>
  sum(depths.slice(0, Number(stage))) + Number(block) + 1;

const VIT_EMBEDDING = /^(cls_token$|pos_embed$|patch_embed\.)/;
const VIT_BLOCK = /^blocks\.(\d+)\./;
/** `get_vit_layer`; a relative position table that blocks share is of the last layer. */
const vitRule: RuleOf<'vit'> = ({ depth }) => ({
  blocks: depth,
  layerOf(name) {
    if (VIT_EMBEDDING.test(name)) return 0;
    const block = VIT_BLOCK.exec(name);
    return block === null ? undefined : Number(block[1]) + 1;
  },
  isSpared: (name) => name === 'cls_token' || name === 'pos_embed',
});

const SWIN_BLOCK = /^layers\.(\d+)\.blocks\.(\d+)\./;
const SWIN_DOWNSAMPLE = /^layers\.(\d+)\.downsample\./;
/** `get_swin_layer`: a downsampling is of the last block before it; the absolute position embedding is not named there, so of the last layer. */
const swinRule: RuleOf<'swin'> = ({ depths }) => ({
  blocks: sum(depths),
  layerOf(name) {
    if (name.startsWith('patch_embed.')) return 0;
    const block = SWIN_BLOCK.exec(name);
    if (block !== null) return blockOf(depths, block[1]!, block[2]!);
    const downsample = SWIN_DOWNSAMPLE.exec(name);
    return downsample === null ? undefined : sum(depths.slice(0, Number(downsample[1]) + 1));
  },
  isSpared: (name) => name === 'absolute_pos_embed' || name.includes('relative_position_bias_table'),
});

const RESNET_STEM = /^(conv1|bn1)\./;
const RESNET_BLOCK = /^layer(\d+)\.(\d+)\./;
/** The official code fine-tunes no ResNet; this is the same rule on its blocks, the stem being layer 0. */
const resnetRule: RuleOf<'resnet'> = ({ layers }) => ({
  blocks: sum(layers),
  layerOf(name) {
    if (RESNET_STEM.test(name)) return 0;
    const block = RESNET_BLOCK.exec(name);
    return block === null ? undefined : blockOf(layers, String(Number(block[1]) - 1), block[2]!);
  },
  isSpared: () => false,
});

const RULES: { readonly [T in EncoderConfig['type']]: RuleOf<T> } = {
  vit: vitRule,
  swin: swinRule,
  resnet: resnetRule,
};

/**
 * The official parameter groups of fine-tuning (`get_finetune_param_groups`): with layer decay d, a parameter of layer i of the L + 2
 * learns at d^(L + 1 − i) times the base rate; weight decay spares vectors, biases, class token and position embedding, and in a Swin
 * the relative position tables.
 *
 * @param layerDecay d in (0, 1]; 1 for one rate
 * @returns the group of a classifier's parameter by its name and shape
 */
export function layerDecayGroup(
  config: EncoderConfig,
  layerDecay: number,
): (name: string, shape: readonly number[]) => LayerDecayGroup {
  const rule = (RULES[config.type] as RuleOf<EncoderConfig['type']>)(config as never);
  const last = rule.blocks + 1;
  return (name, shape) => {
    const layerId = rule.layerOf(name) ?? last;
    const isVector = shape.length <= 1 || name.endsWith('.bias');
    return { layerId, lrScale: layerDecay ** (last - layerId), decayed: !isVector && !rule.isSpared(name) };
  };
}
