/** How the optimiser treats a parameter. */
export interface ParameterGroup {
  /** Multiplies the base learning rate (layer decay); 1 without. Warm-up start and minimum are the same for all. */
  readonly lrScale: number;
  /** Whether weight decay applies. */
  readonly decayed: boolean;
}

/** The group of a parameter by its name and shape. */
export type GroupParameters = (name: string, shape: readonly number[]) => ParameterGroup;

/** One learning rate for all. */
export const singleRate =
  (isDecayed: (name: string, shape: readonly number[]) => boolean): GroupParameters =>
  (name, shape) => ({ lrScale: 1, decayed: isDecayed(name, shape) });
