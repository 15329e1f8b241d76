import type { Tensor } from '@tensorflow/tfjs-core';

/** A model's parameters, or any named tensors. */
export type Tensors = Record<string, Tensor>;

/** The tensor of this name and of the type the caller knows it to have. A missing one is a defect of the caller: names are the model's own. */
export function pick<T extends Tensor = Tensor>(parameters: Tensors, name: string): T {
  const tensor = parameters[name];
  if (tensor === undefined) throw new Error(`pick: parameters must hold "${name}".`);
  return tensor as T;
}
