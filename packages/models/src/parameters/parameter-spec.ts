/**
 * How a parameter begins. `normal`: N(0, std²). `truncatedNormal`: the same cut at ±limit, then times scale. `uniform`: in ±bound.
 * `fixed`: a table.
 */
export type Initialiser =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly std: number }
  | { readonly kind: 'truncatedNormal'; readonly std: number; readonly limit: number; readonly scale: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'fixed'; readonly build: () => Float32Array };

/** One tensor of a model's state: PyTorch's name and layout (Linear [out, in], Conv [out, in, kh, kw]). */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: number[];
  /** False: kept in checkpoints, not touched by the optimiser (the sin-cos position table, running statistics). */
  readonly trainable: boolean;
  /** True for running statistics: not trainable, changed by the forward pass in training. */
  readonly statistic?: true;
  readonly init: Initialiser;
}

/**
 * N(0, 0.02²) cut at ±limit, times scale. The official code pre-trains a ViT with the limit 0.02, one standard deviation, and
 * fine-tunes it, and builds a Swin, with 2, which cuts nothing.
 */
export const truncatedNormal = (limit: number, scale = 1): Initialiser => ({
  kind: 'truncatedNormal',
  std: 0.02,
  limit,
  scale,
});

export const zeros: Initialiser = { kind: 'constant', value: 0 };
export const ones: Initialiser = { kind: 'constant', value: 1 };

/** PyTorch's default for Linear and Conv, weight and bias alike: uniform in ±1/√fanIn. */
export const pytorchDefault = (fanIn: number): Initialiser => ({ kind: 'uniform', bound: 1 / Math.sqrt(fanIn) });

/** He et al. 2015 for layers before a ReLU, keeping the variance of gradients: N(0, 2 / fanOut). fanOut: outputs times kernel area. */
export const kaimingNormal = (fanOut: number): Initialiser => ({ kind: 'normal', std: Math.sqrt(2 / fanOut) });

/** A trainable parameter. */
export const parameter = (name: string, shape: number[], init: Initialiser): ParameterSpec => ({
  name,
  shape,
  trainable: true,
  init,
});

/** Weight and bias of a fully connected layer or convolution. */
export const affine = (
  name: string,
  weightShape: number[],
  weight: Initialiser,
  bias: Initialiser = zeros,
): ParameterSpec[] => [
  parameter(`${name}.weight`, weightShape, weight),
  parameter(`${name}.bias`, [weightShape[0]!], bias),
];

/** Weight and bias of a normalisation layer. */
export const norm = (name: string, width: number): ParameterSpec[] => affine(name, [width], ones);

/** A running statistic of a normalisation. */
export const statistic = (name: string, shape: number[], value: number): ParameterSpec => ({
  name,
  shape,
  trainable: false,
  statistic: true,
  init: { kind: 'constant', value },
});
