import { checkParameters, type HostParameters } from '../checkpoint/checkpoint.ts';
import { readSafetensors } from '../checkpoint/read-safetensors.ts';
import { buildClassifier } from '../classifier/classifier.ts';
import { buildEncoder } from '../encoder/encoder-table.ts';
import type { BufferSpec } from '../parameters/buffer-spec.ts';
import type { ParameterSpec } from '../parameters/parameter-spec.ts';
import { buildPretext } from '../pretext/pretext.ts';
import type { PthValue } from '../pth/pth-value.ts';
import { readPth } from '../pth/read-pth.ts';
import { buildSegmenter } from '../segmentation/segmenter.ts';
import { recognise } from './foreign-format.ts';
import { type AnyModelConfig, type ForeignOptions, type InferredConfig, inferConfig } from './infer-config.ts';
import { readOfficialConfig } from './official-yacs.ts';
import { findStateDict, type StateDict, stateDictOf } from './state-dict.ts';

/** A model read from a file of another program. */
export interface ForeignModel {
  /** Who wrote it: `timm ViT`. */
  readonly format: string;
  readonly config: InferredConfig;
  /** All of the model's parameters, and no others. */
  readonly parameters: HostParameters;
  /** Training batches that each batch normalisation has seen, by the names of those buffers. */
  readonly batchesTracked: Readonly<Record<string, bigint>>;
  /** Whole epochs done, where the file says. */
  readonly epoch?: number;
}

/** The tensors that a configuration has. */
export interface ModelTensors {
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly BufferSpec[];
}

/** @throws UserError when the configuration does not fit together */
export function modelTensors(config: AnyModelConfig): ModelTensors {
  const { imageSize } = config;
  if ('task' in config) return buildPretext(config);
  if ('upernet' in config) return buildSegmenter(config);
  if ('numClasses' in config) {
    const { parameters, encoder } = buildClassifier(config);
    return { parameters, buffers: encoder.buffers };
  }
  return buildEncoder(config.encoder, { imageSize, prefix: '', purpose: 'finetune' });
}

/** Tables that follow from the configuration, whoever wrote them. */
const TABLE = /(^|\.)(relative_position_index|attn_mask)$/;

/**
 * The model in a state dict.
 *
 * @throws UserError when it is of no known format, something is missing, unexpected or of another shape
 */
export function modelOf(state: StateDict, options: ForeignOptions = {}): ForeignModel {
  const { source, entries, others } = state;
  const { format, tensors } = recognise(source, state.parameters);
  const given = entries.get('config');
  const official =
    given instanceof Map && given.has('MODEL') && given.has('DATA') ? readOfficialConfig(given, source) : undefined;
  const config = inferConfig(source, format.kind, tensors, options, official);
  const parameters = Object.fromEntries(Object.entries(tensors).filter(([name]) => !TABLE.test(name)));
  const { parameters: specs, buffers } = modelTensors(config);
  checkParameters(`${source} (${format.name})`, parameters, specs);

  const counters = buffers.flatMap(({ kind, name }) => (kind === 'batchesTracked' ? [name] : []));
  const batchesTracked = counters.flatMap((name): [string, bigint][] => {
    const count = Object.hasOwn(others, name) ? others[name]!.data[0] : undefined;
    return count === undefined ? [] : [[name, BigInt(count)]];
  });
  const epoch = entries.get('epoch');
  return {
    ...{ format: format.name, config, parameters, batchesTracked: Object.fromEntries(batchesTracked) },
    ...(typeof epoch === 'number' && Number.isSafeInteger(epoch) && epoch >= 0 && { epoch }),
  };
}

/**
 * The model in what `torch.save` wrote.
 *
 * @param source the file's name, for messages
 * @throws UserError like {@link readForeignModel}
 */
export const modelInPth = (source: string, value: PthValue, options: ForeignOptions = {}): ForeignModel =>
  modelOf(findStateDict(source, value), options);

const EXTENSION = /\.([^./\\]+)$/;

/**
 * Reads a model that another program wrote: an official MFM checkpoint, or a state dict of timm or torchvision; `.safetensors`, or what
 * `torch.save` wrote. What its configuration says and shapes do not is told by the options.
 *
 * @throws UserError naming the file and what is wrong with it
 */
export async function readForeignModel(path: string, options: ForeignOptions = {}): Promise<ForeignModel> {
  if (EXTENSION.exec(path)?.[1] === 'safetensors') {
    const { tensors } = await readSafetensors(path);
    return modelOf(stateDictOf(path, Object.entries(tensors)), options);
  }
  return modelInPth(path, await readPth(path), options);
}
