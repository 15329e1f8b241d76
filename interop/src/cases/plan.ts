import { didYouMean, UserError } from '@mfm/cli';
import { buildModel, HEADS, type ModelConfig } from '@mfm/export';
import type { RowName } from '../matrix/expected-failure.ts';
import { type InteropModel, MODELS } from './model-table.ts';

/** A file to export and run: a row of the matrix. */
export interface Plan extends RowName {
  readonly config: ModelConfig;
}

/** The operator set of exports by default. */
const DEFAULT_OPSET = 17;

/** The head whose operators are enough to try other operator sets with. */
const OPSET_HEAD = 'features';

function plansOf({ name, configs, heads = Object.keys(HEADS), opsets = [] }: InteropModel): Plan[] {
  const built = configs.map((config) => ({ config, model: buildModel(config) }));
  const plans = heads.flatMap((head): Plan[] => {
    const first = built.find(({ model }) => HEADS[head]!.fits(model));
    return first ? [{ model: name, head, opset: DEFAULT_OPSET, config: first.config }] : [];
  });
  const others = opsets.map((opset): Plan => ({ model: name, head: OPSET_HEAD, opset, config: configs[0]! }));
  return [...plans, ...others];
}

/**
 * The rows of the matrix: every head of every model, and some operator sets.
 *
 * @param models names of models; empty for all but those of real size
 * @param heads names of heads; empty for all
 * @throws UserError for an unknown name
 */
export function planRows(
  models: readonly string[],
  heads: readonly string[] = [],
  table: readonly InteropModel[] = MODELS,
): Plan[] {
  checkNames(
    '--models',
    'model',
    models,
    table.map(({ name }) => name),
  );
  checkNames('--heads', 'head', heads, Object.keys(HEADS));
  const holds = (list: readonly string[], name: string) => list.length === 0 || list.includes(name);
  return table
    .filter(({ name, onlyIfNamed }) => (onlyIfNamed ? models.includes(name) : holds(models, name)))
    .flatMap(plansOf)
    .filter(({ head }) => holds(heads, head));
}

function checkNames(option: string, kind: string, names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    if (!known.includes(name)) throw new UserError(`${option}: unknown ${kind} "${name}"${didYouMean(name, known)}`);
  }
}
