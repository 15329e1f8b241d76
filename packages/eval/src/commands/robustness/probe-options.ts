import { UserError } from '@mfm/cli';
import { type Communicator, fromRoot } from '@mfm/mpi';
import type { LinearClassifier } from '../../linear/linear-classifier.ts';
import type { SavedProbe } from '../../linear/probe-file.ts';
import type { VectorModel } from '../../model/feature-model.ts';
import type { Command } from '../eval-command.ts';
import type { JobArguments } from '../in-job.ts';
import { fitWithProgress } from '../linear/lbfgs-protocol.ts';
import { extractPart, type ModelAndData, openPart, requireSameClasses } from '../model-and-data.ts';
import { cachePart } from '../share-features.ts';

/** What makes a classifier of a model. */
export interface ProbeOptions {
  readonly probe?: string;
  /** Output that holds scores. */
  readonly scores?: string;
}

/** Declares them. */
export function withProbeOptions(command: Command): Command {
  return command
    .option(
      '--probe <file>',
      'a probe saved by "pnpm eval linear --save-probe"; without it one is fitted on the train split of --data',
    )
    .option(
      '--scores <output>',
      'output with a score per class; default: logits, or the only output of a model without features',
    );
}

/** The arguments of a command on one of several models. */
export type OneModel = ModelAndData & ProbeOptions & JobArguments;

/** A probe fitted by rank 0, on every rank. */
async function fittedByRoot(
  communicator: Communicator | undefined,
  fit: () => Promise<LinearClassifier>,
): Promise<LinearClassifier> {
  if (!communicator) return fit();
  const plain = await fromRoot(communicator, async () => {
    const { weight, bias, ...sizes } = await fit();
    return { weight: [...weight], bias: [...bias], ...sizes };
  });
  return { ...plain, weight: Float64Array.from(plain.weight), bias: Float64Array.from(plain.bias) };
}

/**
 * The probe that turns features into scores, saved or fitted now.
 *
 * @throws UserError for a probe of another model or of other classes
 */
export async function chooseProbe(
  model: VectorModel,
  saved: SavedProbe | undefined,
  test: { readonly name: string; readonly classes: readonly string[] },
  args: OneModel,
): Promise<LinearClassifier> {
  const classCount = test.classes.length;
  if (!saved) {
    const train = await openPart(args, 'train', model.preprocessing.imageSize);
    try {
      requireSameClasses(train.dataset, test);
      const { communicator } = args;
      if (communicator && args.cache) await cachePart(communicator, model, train, 'train', args);
      return await fittedByRoot(communicator, async () => {
        const features = await extractPart(model, train, 'train', args);
        const { classifier } = await fitWithProgress(features, classCount, args).finally(features.close);
        return classifier;
      });
    } finally {
      await train.dataset.close();
    }
  }
  const { modelHash, classes, classifier } = saved;
  if (modelHash !== model.hash || classifier.dim !== model.dim) {
    throw new UserError(
      `--probe: must have been fitted on ${args.model} (sha256 ${model.hash.slice(0, 12)}…), got one of ${modelHash.slice(0, 12)}…. ` +
        'Fit it again with "pnpm eval linear --save-probe".',
    );
  }
  if (classes.join('\0') === test.classes.join('\0')) return classifier;
  throw new UserError(
    `--probe: must know the classes of ${test.name} (${classCount}), got a probe for ${classes.length} others.`,
  );
}
