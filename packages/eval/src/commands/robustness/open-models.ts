import { UserError } from '@mfm/cli';
import type { TransformSpec } from '@mfm/data';
import type { ValueInfo } from '@mfm/onnx';
import { modelTransform } from '../../features/extract-features.ts';
import { makeClassifier } from '../../linear/probe-classifier.ts';
import { readProbe, type SavedProbe } from '../../linear/probe-file.ts';
import { openVectorModel, type VectorModel } from '../../model/feature-model.ts';
import { sessionOptions } from '../model-and-data.ts';
import { preprocessingOf } from '../preprocessing-options.ts';
import { chooseProbe } from './probe-options.ts';
import type { SuiteModel } from './robustness-section.ts';
import type { SuiteArguments } from './suite-arguments.ts';

/** A model of the suite before it is known whether it is a classifier by itself. */
export interface OpenedModel {
  readonly model: VectorModel;
  readonly transform: TransformSpec;
  /** Whether what it gives are scores; else features, of which a probe makes scores. */
  readonly isClassifier: boolean;
  readonly saved: SavedProbe | undefined;
}

/** Names of the only output, where it can only be scores. */
function lonelyOutput(outputs: readonly ValueInfo[]): string[] {
  return outputs.length === 1 ? [outputs[0]!.name] : [];
}

async function openModel(path: string, saved: SavedProbe | undefined, args: SuiteArguments): Promise<OpenedModel> {
  const { scores, feature } = args;
  const advice =
    'Choose a feature with --feature, or give a classifier with the output "logits" or name its scores with --scores.';
  const wanted = (outputs: readonly ValueInfo[]) => {
    if (saved) return [saved.feature];
    if (scores !== undefined) return [scores];
    const known = outputs.some(({ name }) => name === 'logits' || name === feature);
    return known ? ['logits', feature] : [...lonelyOutput(outputs), feature];
  };
  const model = await openVectorModel(path, wanted, advice, {
    ...sessionOptions(args),
    onThread: true,
    preprocessing: preprocessingOf(args),
  });
  const isClassifier = !saved && model.output !== feature;
  return { model, transform: modelTransform(model), isClassifier, saved };
}

/**
 * Opens every model; two of one name get their number behind it.
 *
 * @throws UserError for a model or probe that cannot be used
 */
export async function openModels(args: SuiteArguments): Promise<OpenedModel[]> {
  if (args.probe !== undefined && args.model.length > 1) {
    throw new UserError(`--probe: must be of one model, got ${args.model.length} models. Evaluate them one by one.`);
  }
  const saved = args.probe === undefined ? undefined : await readProbe(args.probe);
  const opened: OpenedModel[] = [];
  try {
    for (const path of args.model) opened.push(await openModel(path, saved, args));
    return opened;
  } catch (error) {
    await closeModels(opened);
    throw error;
  }
}

/** Closes their sessions. */
export async function closeModels(opened: readonly OpenedModel[]): Promise<void> {
  for (const { model } of opened) await model.close();
}

/** A unique name for each: the file's, with a number behind where another has it too. */
export function uniqueNames(names: readonly string[]): string[] {
  return names.map((name, i) => {
    const earlier = names.slice(0, i).filter((other) => other === name).length;
    return earlier === 0 ? name : `${name}-${earlier + 1}`;
  });
}

/** Makes each a classifier, fitting a probe where it needs one. */
export async function makeSuiteModels(
  opened: readonly OpenedModel[],
  clean: { readonly name: string; readonly classes: readonly string[] } | undefined,
  args: SuiteArguments,
): Promise<SuiteModel[]> {
  const models: SuiteModel[] = [];
  for (const { model, isClassifier, saved } of opened) {
    if (!isClassifier && (args.data === undefined || clean === undefined)) {
      throw new UserError(
        `eval robustness: ${model.path} gives features, so --data must name the images that a probe is fitted on. Or name an output of scores with --scores.`,
      );
    }
    const probe = isClassifier
      ? undefined
      : await chooseProbe(model, saved, clean!, { ...args, data: args.data!, model: model.path });
    const { path, hash, preprocessing, metadata, dim } = model;
    models.push({
      ...makeClassifier(model, probe, args.device),
      ...{ path, hash, preprocessing, metadata, classes: probe?.classCount ?? dim },
    });
  }
  const names = uniqueNames(models.map(({ name }) => name));
  return models.map((model, i) => ({ ...model, name: names[i]! }));
}
