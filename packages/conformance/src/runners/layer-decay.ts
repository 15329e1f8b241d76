import { buildClassifier, type EncoderConfig, layerDecayGroup } from '@mfm/models';
import { absoluteCheck, namesCheck, type Outcome } from '../check/check.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { GoldenCase } from '../golden/golden-case.ts';

interface LayerDecayCase {
  base_lr: number;
  layer_decay: number;
  model_type: string;
  /** Blocks, of each stage of a Swin. */
  depth: number | number[];
  params: Record<string, { layer_id: number; lr_scale: number; lr: number; weight_decay: number }>;
}

/** Narrow encoders with the case's parameters: groups depend on depth, names and ranks alone. */
const ENCODERS: Readonly<Record<string, (depth: number[], has: (name: string) => boolean) => EncoderConfig>> = {
  vit: ([depth], has) => ({
    ...{ type: 'vit', patchSize: 4, embedDim: 4, depth: depth!, numHeads: 1, mlpRatio: 1 },
    qkvBias: has('blocks.0.attn.q_bias'),
    positionEmbedding: has('pos_embed') ? 'learnt' : 'none',
    initValues: has('blocks.0.gamma_1') ? 0.1 : null,
    relativePositionBias: has('rel_pos_bias.relative_position_bias_table')
      ? 'shared'
      : has('blocks.0.attn.relative_position_bias_table')
        ? 'block'
        : 'none',
    meanPooling: has('fc_norm.weight'),
  }),
  swin: (depths, has) => ({
    ...{ type: 'swin', patchSize: 1, embedDim: 2, depths, numHeads: depths.map(() => 1), windowSize: 2 },
    ...{ mlpRatio: 1, qkvBias: has('layers.0.blocks.0.attn.qkv.bias') },
    absolutePositionEmbedding: has('absolute_pos_embed'),
    patchNorm: has('patch_embed.norm.weight'),
  }),
};

/** Kind `layer_decay`: layer, rate and weight decay of every parameter in fine-tuning. */
export async function runLayerDecay(golden: GoldenCase): Promise<Outcome> {
  const { base_lr, layer_decay, model_type, depth, params } = golden.json as unknown as LayerDecayCase;
  const toEncoder = Object.hasOwn(ENCODERS, model_type) ? ENCODERS[model_type] : undefined;
  if (toEncoder === undefined) return { skipped: `layer decay of ${model_type} not supported yet` };
  const names = Object.keys(params);
  const depths = [depth].flat();
  const encoder = toEncoder(depths, (name) => names.includes(name));
  const imageSize = 4 * 2 ** (depths.length - 1);
  const model = buildClassifier({ imageSize, encoder, numClasses: 2, mean: [0, 0, 0], std: [1, 1, 1] });
  const trained = model.parameters.filter(({ trainable }) => trainable);
  const group = layerDecayGroup(encoder, layer_decay);
  const groups = trained.map(({ name, shape }) => ({ name, ...group(name, shape), expected: params[name] }));
  const decayed = Object.entries(params).filter(([, { weight_decay }]) => weight_decay > 0);
  const column = (key: 'layer_id' | 'lr_scale' | 'lr') => groups.map(({ expected }) => expected?.[key] ?? Number.NaN);
  const scales = groups.map(({ lrScale }) => lrScale);
  return {
    checks: [
      namesCheck(
        'parameters',
        trained.map(({ name }) => name),
        names,
      ),
      absoluteCheck(
        'layers',
        groups.map(({ layerId }) => layerId),
        column('layer_id'),
        0,
      ),
      absoluteCheck('rate scales', scales, column('lr_scale'), TOLERANCE.float64),
      absoluteCheck(
        'rates',
        scales.map((scale) => scale * base_lr),
        column('lr'),
        TOLERANCE.float64,
      ),
      namesCheck(
        'decayed parameters',
        groups.filter((entry) => entry.decayed).map(({ name }) => name),
        decayed.map(([name]) => name),
      ),
    ],
  };
}
