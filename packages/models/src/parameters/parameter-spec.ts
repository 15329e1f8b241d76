/**
 * How a parameter begins. `truncatedNormal`: N(0, std²) cut at ±limit, then times scale. `uniform`: in ±bound. `fixed`: a table.
 */
export type Initialiser =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'truncatedNormal'; readonly std: number; readonly limit: number; readonly scale: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'fixed'; readonly build: () => Float32Array };

/** One tensor of a model's state: PyTorch's name and layout (Linear [out, in], Conv [out, in, kh, kw]). */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: number[];
  /** False: kept in checkpoints, never updated (the sin-cos position table). */
  readonly trainable: boolean;
  readonly init: Initialiser;
}

/** Initial values of the official MFM models: N(0, 0.02²) cut at ±0.02, one standard deviation. */
export const truncatedNormal = (scale = 1): Initialiser => ({ kind: 'truncatedNormal', std: 0.02, limit: 0.02, scale });

export const zeros: Initialiser = { kind: 'constant', value: 0 };
export const ones: Initialiser = { kind: 'constant', value: 1 };

/** PyTorch's default for Linear and Conv, weight and bias alike: uniform in ±1/√fanIn. */
export const pytorchDefault = (fanIn: number): Initialiser => ({ kind: 'uniform', bound: 1 / Math.sqrt(fanIn) });

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
