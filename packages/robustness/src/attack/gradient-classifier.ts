/** Lengths of a batch of images, float32 `[N, 3, H, W]`. */
export type ImageShape = readonly [N: number, C: 3, H: number, W: number];

/** A classifier of images in [0, 1], float32 `[N, 3, H, W]`; layout and normalisation are its own affair. */
export interface FloatClassifier {
  /** K, the number of classes. */
  readonly classes: number;
  /** Images that it takes best at once; attacks work on as many at a time. Default: all they are given. */
  readonly batchSize?: number;
  /** Scores of each class before softmax, float32 `[N, K]`. */
  logits(images: Float32Array, shape: ImageShape): Promise<Float32Array>;
}

/** What a {@link GradientClassifier} computes at once. */
export interface LossGradient {
  /** float32 `[N, K]`. */
  readonly logits: Float32Array;
  /** Cross-entropy of each image with its label, float32 `[N]`, natural logarithm. */
  readonly loss: Float32Array;
  /** Of each image's own loss with respect to its values in [0, 1], float32 `[N, 3, H, W]`. */
  readonly gradient: Float32Array;
}

/** A classifier that also tells how its loss changes with the image. */
export interface GradientClassifier extends FloatClassifier {
  /** @param labels class of each image, int32 `[N]` */
  gradient(images: Float32Array, shape: ImageShape, labels: Int32Array): Promise<LossGradient>;
}

/** Whether a classifier has gradients. */
export const hasGradient = (model: FloatClassifier): model is GradientClassifier => 'gradient' in model;
