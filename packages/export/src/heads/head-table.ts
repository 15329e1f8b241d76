import { didYouMean, UserError } from '@mfm/cli';
import type { BuiltModel } from '../built-model.ts';
import { classifier } from './classifier.ts';
import { features } from './features.ts';
import { gradient } from './gradient.ts';
import type { Head } from './head.ts';
import { reconstruction } from './reconstruction.ts';
import { segmentation } from './segmentation.ts';
import { trainStep } from './train-step.ts';

/** Every head by the name that `--head` takes. A new one is a file of its own and a row here. */
export const HEADS: Readonly<Record<string, Head>> = {
  features,
  reconstruction,
  classifier,
  gradient,
  segmentation,
  'train-step': trainStep,
};

/**
 * The head of this name, for this model.
 *
 * @throws UserError for an unknown name, and when the model does not have what the head needs
 */
export function requireHead(name: string, model: BuiltModel): Head {
  if (!Object.hasOwn(HEADS, name)) {
    throw new UserError(`--head: unknown head "${name}"${didYouMean(name, Object.keys(HEADS))}`);
  }
  const head = HEADS[name]!;
  if (head.fits(model)) return head;
  const fitting = Object.keys(HEADS).filter((key) => HEADS[key]!.fits(model));
  const list = fitting.length > 1 ? `${fitting.slice(0, -1).join(', ')} and ${fitting.at(-1)}` : fitting[0];
  throw new UserError(`--head: "${name}" is for ${head.needs}; this model has ${list}.`);
}
