import { buildMfm, initParameters, type MfmConfig } from '@mfm/models';
import { type Check, namesCheck, type Outcome } from '../check/check.ts';
import type { GoldenCase } from '../golden/golden-case.ts';

interface TensorStatistics {
  shape: number[];
  trainable: boolean;
  mean: number | null;
  std: number | null;
  min: number | null;
  max: number | null;
}

/** Standard errors that two samples of one distribution may differ by; thousands of tensors stay within it. */
const STANDARD_ERRORS = 6;
/** Rounding of statistics of constants. */
const ROUNDING = 1e-7;

function statistics(data: Float32Array): { mean: number; std: number; min: number; max: number } {
  let [sum, squares, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    sum += value;
    squares += value * value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const mean = sum / data.length;
  return { mean, std: Math.sqrt(Math.max(0, squares / data.length - mean * mean)), min, max };
}

/** Reads width, depth, patch and grid off the shapes; heads do not show in them. */
function inferConfig(tensors: Record<string, TensorStatistics>): MfmConfig | undefined {
  const shape = (name: string) => tensors[`encoder.${name}`]?.shape ?? [];
  const names = Object.keys(tensors);
  const [embedDim, , patchSize] = shape('patch_embed.proj.weight');
  const length = shape('pos_embed')[1];
  if (!embedDim || !patchSize || !length || !names.includes('encoder.cls_token')) return undefined;
  const depth = names.filter((name) => /^encoder\.blocks\.\d+\.norm1\.weight$/.test(name)).length;
  const hidden = shape('blocks.0.mlp.fc1.weight')[0] ?? 0;
  const layerScale = tensors['encoder.blocks.0.gamma_1'];
  const table = shape('blocks.0.attn.relative_position_bias_table')[1];
  const shared = shape('rel_pos_bias.relative_position_bias_table')[1];
  return {
    imageSize: patchSize * Math.sqrt(length - 1),
    encoder: {
      type: 'vit',
      patchSize,
      embedDim,
      depth,
      numHeads: table ?? shared ?? 1,
      mlpRatio: hidden / embedDim,
      qkvBias: names.includes('encoder.blocks.0.attn.q_bias'),
      positionEmbedding: tensors['encoder.pos_embed']?.trainable ? 'learnt' : 'sincos',
      initValues: layerScale?.mean ?? null,
      relativePositionBias: table ? 'block' : shared ? 'shared' : 'none',
    },
    task: { filter: 'mfm', maskRadius1: 16, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  };
}

function statisticsChecks(name: string, data: Float32Array, expected: TensorStatistics): Check[] {
  if (expected.mean === null || expected.std === null) return [];
  const actual = statistics(data);
  const spread = Math.max(actual.std, expected.std);
  // Both are samples: the difference of two means has √2 standard errors, that of two deviations at most as much.
  const tolerance = (STANDARD_ERRORS * Math.SQRT2 * spread) / Math.sqrt(data.length) + ROUNDING;
  const check = (key: 'mean' | 'std' | 'min' | 'max', bound: number): Check => ({
    name: `${name} ${key}`,
    error: Math.abs(actual[key] - (expected[key] ?? Number.NaN)),
    tolerance: bound,
  });
  // Every distribution here is bounded and dense up to its bound: extremes lie within the bulk's spread over the count.
  const extreme = data.length < 1000 ? spread : (STANDARD_ERRORS * 4 * spread * Math.log(data.length)) / data.length;
  return [
    check('mean', tolerance),
    check('std', tolerance),
    check('min', extreme + ROUNDING),
    check('max', extreme + ROUNDING),
  ];
}

/** Kind `init_stats`: names, shapes and the statistics of every tensor of a freshly initialised model. */
export async function runInitStats(golden: GoldenCase): Promise<Outcome> {
  const { model_type: type, pretrain, tensors: all } = golden.json;
  if (type !== 'vit' || pretrain !== true) return { skipped: `model ${type}, pretrain ${pretrain} not supported yet` };
  const tensors = all as Record<string, TensorStatistics>;
  if (!Object.hasOwn(tensors, 'decoder.0.weight')) return { skipped: 'transformer decoder not supported yet' };
  const config = inferConfig(tensors);
  if (config === undefined) return { skipped: 'ViT without position embedding not supported yet' };
  const { parameters } = buildMfm(config);
  const trainable = (isTrainable: boolean) => (isTrainable ? 'trained' : 'fixed');
  const expected = Object.entries(tensors).filter(([name]) => !name.endsWith('relative_position_index'));
  const checks = [
    namesCheck(
      'names and shapes',
      parameters.map((spec) => `${spec.name} [${spec.shape}] ${trainable(spec.trainable)}`),
      expected.map(([name, entry]) => `${name} [${entry.shape}] ${trainable(entry.trainable)}`),
    ),
  ];
  // One tensor at a time: a ViT-B's would not fit in a small machine's memory twice.
  for (const spec of parameters) {
    const entry = tensors[spec.name];
    if (entry) checks.push(...statisticsChecks(spec.name, initParameters([spec], 0)[spec.name]!.data, entry));
  }
  return { checks };
}
