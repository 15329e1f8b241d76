import { UserError } from '@mfm/cli';
import type { HostParameters } from '../checkpoint/checkpoint.ts';

/** What a state dict does not tell. */
export interface InferOptions {
  /** Attention heads of a ViT; without it, embedDim / 64. */
  readonly numHeads?: number | undefined;
  /** Side of the images in pixels, where no position embedding tells it; without it, 224. */
  readonly imageSize?: number | undefined;
}

/** The side of ImageNet's pictures in all models that do not say. */
export const USUAL_SIZE = 224;

/** Convention of every ViT in use. */
export const HEAD_DIM = 64;

/** Named tensors, looked at by shape. */
export interface Shapes {
  has(name: string): boolean;
  /** @throws UserError when the tensor is missing or has another number of axes */
  of(name: string, axes: number): readonly number[];
  /** How many of `prefix0.`, `prefix1.`, … there are from 0 on. */
  count(prefix: string): number;
}

export function shapesOf(source: string, tensors: HostParameters): Shapes {
  const names = Object.keys(tensors);
  return {
    has: (name) => Object.hasOwn(tensors, name),
    of(name, axes) {
      const shape = Object.hasOwn(tensors, name) ? tensors[name]!.shape : undefined;
      if (shape?.length === axes && shape.every((length) => length > 0)) return shape;
      throw new UserError(
        `inferConfig: ${source}: "${name}" must have ${axes} axes, got ${shape ? `[${shape}]` : 'no such tensor'}.`,
      );
    },
    count(prefix) {
      const indices = names
        .filter((name) => name.startsWith(prefix))
        .map((name) => parseInt(name.slice(prefix.length), 10));
      const found = new Set(indices);
      let count = 0;
      while (found.has(count)) count++;
      return count;
    },
  };
}

/** The whole square root. @throws UserError when there is none */
export function wholeRoot(source: string, what: string, square: number): number {
  const root = Math.sqrt(square);
  if (Number.isInteger(root) && root > 0) return root;
  throw new UserError(`inferConfig: ${source}: ${what} must be a square number, got ${square}.`);
}
