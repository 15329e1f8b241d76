import type { FloatClassifier, GradientClassifier, ImageShape } from './gradient-classifier.ts';
import type { Norm } from './norm.ts';
import type { TargetChoice } from './target-class.ts';

/** Frequencies that a perturbation may have: distance r from DC in cycles per image, min ≤ r < max. */
export interface Band {
  readonly min: number;
  readonly max: number;
}

/** What is attacked. */
export interface AttackBatch {
  /** float32 `[N, 3, H, W]` in [0, 1]. */
  readonly images: Float32Array;
  readonly shape: ImageShape;
  /** True class of each image, int32 `[N]`. */
  readonly labels: Int32Array;
  /** Index in the data set of each image, int32 `[N]`: with the seed it keys its draws. */
  readonly indices: Int32Array;
}

/** Everything that an attack depends on but model and images. */
export interface AttackSettings {
  readonly norm: Norm;
  /** Radius of the ball around the image, in units of [0, 1] pixels. */
  readonly epsilon: number;
  /** Length of a step in the attack's norm; of SimBA, of a step along a basis vector. */
  readonly stepSize: number;
  /** Gradient steps. */
  readonly steps: number;
  /** Runs from different random starts, of which the worst for the model counts, image by image. */
  readonly restarts: number;
  /** Evaluations of the model on perturbed images that each image may cost. */
  readonly queries: number;
  /** How the class is chosen that the model shall see; without it any wrong class will do. */
  readonly targeted?: TargetChoice | undefined;
  /** Only frequencies of this band are changed. */
  readonly band?: Band | undefined;
  /** Keys every draw together with the image's index and the restart. */
  readonly seed: number;
}

/** What an attack found. */
export interface Adversarial {
  /** float32 `[N, 3, H, W]` in [0, 1]. */
  readonly images: Float32Array;
  /** Gradients, or for attacks without them evaluations of perturbed images, that each image cost: int32 `[N]`. */
  readonly queries: Int32Array;
}

/** Settings by name that a user may give; those that an attack does not know are an error. */
export type SettingName = 'norm' | 'epsilon' | 'stepSize' | 'steps' | 'restarts' | 'queries' | 'targeted' | 'band';

/** What an attack does with a batch that fits the model at once. */
type Run<Model> = (
  model: Model,
  batch: AttackBatch,
  /** Class that is moved away from, or in a targeted attack to, of each image: int32 `[N]`. */
  classes: Int32Array,
  settings: AttackSettings,
) => Promise<Adversarial>;

interface AttackRow {
  readonly name: string;
  readonly summary: string;
  /** Settings that it has use for. */
  readonly takes: readonly SettingName[];
  /** Values of the settings that were not given, for square images of this side in pixels. */
  defaults(norm: Norm | undefined, side: number): Omit<AttackSettings, 'seed'>;
}

/** One row of the table of attacks. */
export type Attack = AttackRow &
  (
    | { readonly needs: 'gradient'; readonly run: Run<GradientClassifier> }
    | { readonly needs: 'logits'; readonly run: Run<FloatClassifier> }
  );
