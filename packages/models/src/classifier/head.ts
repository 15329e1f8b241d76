import type { EncoderConfig } from '../encoder/encoder-table.ts';
import {
  affine,
  type Initialiser,
  type ParameterSpec,
  pytorchDefault,
  truncatedNormal,
  zeros,
} from '../parameters/parameter-spec.ts';

interface HeadKind {
  /** The layer's name in the official code and in timm. */
  readonly name: string;
  weight(embedDim: number): Initialiser;
  bias(embedDim: number): Initialiser;
}

/** What the official code cuts the initial weights of fine-tuned models at: ±2, a hundred standard deviations. */
const INIT_LIMIT = 2;
/** `init_scale`: a ViT begins with logits near zero. */
const INIT_SCALE = 0.001;

const HEADS: Readonly<Record<EncoderConfig['type'], HeadKind>> = {
  vit: { name: 'head', weight: () => truncatedNormal(INIT_LIMIT, INIT_SCALE), bias: () => zeros },
  swin: { name: 'head', weight: () => truncatedNormal(INIT_LIMIT), bias: () => zeros },
  resnet: { name: 'fc', weight: pytorchDefault, bias: pytorchDefault },
};

/** The name of an encoder's classification layer: `head`, or `fc` for a ResNet. */
export const headName = (type: EncoderConfig['type']): string => HEADS[type].name;

/** Weight [K, D] and bias [K] of the classification layer. */
export function headParameters(type: EncoderConfig['type'], embedDim: number, numClasses: number): ParameterSpec[] {
  const { name, weight, bias } = HEADS[type];
  return affine(name, [numClasses, embedDim], weight(embedDim), bias(embedDim));
}
