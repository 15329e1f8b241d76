import { UserError } from '@mfm/cli';
import type { HostParameters } from '../checkpoint/checkpoint.ts';
import type { ClassifierConfig } from '../classifier/classifier-config.ts';
import type { Encoder } from '../encoder/encoder.ts';
import type { HostParameter } from '../parameters/init-parameters.ts';
import type { ParameterSpec } from '../parameters/parameter-spec.ts';
import { resizePositionEmbedding } from './resize-position-embedding.ts';
import { resizeRelativePosition } from './resize-relative-position.ts';

/** The part of a classifier that loading needs. */
export interface PretrainedTarget {
  readonly config: Pick<ClassifierConfig, 'encoder'>;
  readonly encoder: Pick<Encoder, 'buffers' | 'grid'>;
  readonly parameters: readonly ParameterSpec[];
}

export interface LoadPretrainedOptions {
  /** Values of the model's parameters before loading. */
  readonly initial: HostParameters;
  /** Resize a position embedding of another grid, where the official code fails; default false. */
  readonly resizePositionEmbedding?: boolean | undefined;
}

export interface Pretrained {
  /** All of the model's parameters: those of the checkpoint, and initial values for what is missing there. */
  readonly parameters: HostParameters;
  /** Names of the model that the checkpoint does not have; index tables among them, which are computed anew. */
  readonly missing: string[];
  /** Names of the checkpoint that the model does not have. */
  readonly unexpected: string[];
  /** What was done, a line each. */
  readonly log: string[];
}

type State = Map<string, HostParameter>;

const PREFIX = 'encoder.';
const SHARED_TABLE = 'rel_pos_bias.relative_position_bias_table';
const isTable = (name: string) => name.includes('relative_position_bias_table');
/** They follow from the configuration: whatever a checkpoint has is dropped. */
const isIndex = (name: string) => name.includes('relative_position_index') || name.includes('attn_mask');

/** Rows of a relative position table, and tokens of a position embedding, that are not of the grid. */
const EXTRA_ROWS = { vit: 3, swin: 0, resnet: 0 } as const;
const EXTRA_TOKENS = { vit: 1, swin: 0, resnet: 0 } as const;
const POSITION_EMBEDDINGS = new Set(['pos_embed', 'absolute_pos_embed']);

/** A pre-training checkpoint's encoder under the classifier's names; any other state as it is. */
function withoutPrefix(state: HostParameters, log: string[]): State {
  const entries = Object.entries(state);
  if (!entries.some(([name]) => name.includes(PREFIX))) return new Map(entries);
  log.push(`Pre-trained model: ${PREFIX} prefix removed, everything else left out.`);
  const ofEncoder = entries.filter(([name]) => name.startsWith(PREFIX));
  return new Map(ofEncoder.map(([name, tensor]) => [name.replaceAll(PREFIX, ''), tensor]));
}

/** A table that all blocks shared becomes every block's own. */
function expandSharedTable(state: State, { config: { encoder } }: PretrainedTarget, log: string[]): void {
  const shared = state.get(SHARED_TABLE);
  if (!shared || encoder.type !== 'vit' || encoder.relativePositionBias !== 'block') return;
  log.push('Shared relative position table copied to every block.');
  for (let block = 0; block < encoder.depth; block++) {
    state.set(`blocks.${block}.attn.relative_position_bias_table`, shared);
  }
  state.delete(SHARED_TABLE);
}

function resizeTables(
  state: State,
  target: PretrainedTarget,
  specs: ReadonlyMap<string, ParameterSpec>,
  log: string[],
) {
  const extra = EXTRA_ROWS[target.config.encoder.type];
  for (const [name, table] of state) {
    if (!isTable(name)) continue;
    const spec = specs.get(name);
    if (!spec) {
      const inModel = [...specs.keys()].some(isTable) ? 'others' : 'none';
      throw new UserError(
        `loadPretrained: the model must have the checkpoint's relative position table "${name}", got ${inModel}. Set encoder.relativePositionBias as in pre-training, or to "block" where that shared one table.`,
      );
    }
    const [rows, heads] = spec.shape as [number, number];
    // Another number of heads is left to the comparison of shapes.
    if (table.shape.length !== 2 || table.shape[1] !== heads || table.shape[0] === rows) continue;
    const side = (count: number) => Math.sqrt(count - extra);
    log.push(`${name}: resized from ${side(table.shape[0]!)} to ${side(rows)} offsets a side.`);
    state.set(name, resizeRelativePosition(table, rows, extra));
  }
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((length, index) => length === b[index]);

/** A tensor in the shape of the model's parameter. */
function fitted(
  spec: ParameterSpec,
  tensor: HostParameter,
  target: PretrainedTarget,
  options: LoadPretrainedOptions,
  log: string[],
): HostParameter {
  const { name, shape } = spec;
  if (sameShape(shape, tensor.shape)) return tensor;
  const differs = `loadPretrained: ${name} must have the shape [${shape}] of the model's, got [${tensor.shape}].`;
  if (!POSITION_EMBEDDINGS.has(name) || shape[2] !== tensor.shape[2]) {
    throw new UserError(
      `${differs} Use a checkpoint of this architecture, or change the configuration to the checkpoint's.`,
    );
  }
  if (!options.resizePositionEmbedding) {
    throw new UserError(
      `${differs} It is of another grid: use the image size of pre-training, or have it resized with --resize-position-embedding (pretrained.resizePositionEmbedding).`,
    );
  }
  if (!spec.trainable) {
    log.push(`${name}: fixed, made anew for the model's grid.`);
    return options.initial[name]!;
  }
  log.push(`${name}: resized from [${tensor.shape}] to [${shape}].`);
  const extra = EXTRA_TOKENS[target.config.encoder.type];
  return resizePositionEmbedding(tensor, Math.sqrt(shape[1]! - extra), extra);
}

/**
 * Loads pre-trained weights into a classifier as the official code does: the encoder's part of a pre-training checkpoint is taken
 * under the names it has here, a relative position table that blocks shared is copied to each where the model has one a block, tables of
 * another grid are resampled, and the rest must fit by name and shape; what is missing on either side is reported. A ResNet's running
 * statistics are loaded like its weights (the official code fine-tunes none).
 *
 * @param state of a pre-training checkpoint (`encoder.` before the names), or of a classifier
 * @throws UserError when a tensor has another shape, when the checkpoint has relative position tables and the model has none, and when
 * nothing of the checkpoint belongs to the model
 */
export function loadPretrained(
  target: PretrainedTarget,
  state: HostParameters,
  options: LoadPretrainedOptions,
): Pretrained {
  const log: string[] = [];
  const specs = new Map(target.parameters.map((spec) => [spec.name, spec]));
  const remapped = withoutPrefix(state, log);
  for (const name of [...remapped.keys()].filter(isIndex)) remapped.delete(name);
  expandSharedTable(remapped, target, log);
  resizeTables(remapped, target, specs, log);

  const parameters: HostParameters = {};
  const missing: string[] = [];
  for (const spec of target.parameters) {
    const tensor = remapped.get(spec.name);
    if (!tensor) missing.push(spec.name);
    parameters[spec.name] = tensor ? fitted(spec, tensor, target, options, log) : options.initial[spec.name]!;
  }
  if (missing.length === target.parameters.length) {
    const first = Object.keys(state).slice(0, 3).join(', ');
    throw new UserError(
      `loadPretrained: the checkpoint must hold weights of a ${target.config.encoder.type}, got ${first || 'none'}. Use a checkpoint of this architecture.`,
    );
  }
  const tables = target.encoder.buffers.filter(({ kind }) => kind === 'table').map(({ name }) => name);
  const known = new Set([...specs.keys(), ...target.encoder.buffers.map(({ name }) => name)]);
  const unexpected = [...remapped.keys()].filter((name) => !known.has(name));
  return { parameters, missing: [...missing, ...tables], unexpected, log };
}
