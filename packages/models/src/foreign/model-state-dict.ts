import type { HostParameters } from '../checkpoint/checkpoint.ts';
import type { SafetensorsTensor } from '../checkpoint/safetensors-type.ts';
import { encodeSafetensors } from '../checkpoint/write-safetensors.ts';
import { modelTensors } from './foreign-model.ts';
import type { AnyModelConfig } from './infer-config.ts';

/** What a state dict is made of. */
export interface StateDictModel {
  readonly config: AnyModelConfig;
  /** All of the model's parameters; others are left out. */
  readonly parameters: Readonly<HostParameters>;
  /** Training batches that each batch normalisation has seen, by the names of those buffers; default none. */
  readonly batchesTracked?: Readonly<Record<string, bigint>> | undefined;
}

/** int64 as PyTorch's index tables are; float32 as it is. */
const toArray = (values: Float32Array | Int32Array, dtype: 'int64' | 'float32') =>
  dtype === 'int64' ? BigInt64Array.from(values, (value) => BigInt(value)) : Float32Array.from(values);

/**
 * A model's tensors as `load_state_dict(strict=True)` of the official model wants them: names, types and shapes of PyTorch's state dict,
 * with the buffers that are no parameters of ours (counters of batch normalisations, index tables, attention masks).
 *
 * @returns parameters share their memory with the model
 * @throws UserError when the configuration does not fit together
 */
export function stateDict({
  config,
  parameters,
  batchesTracked = {},
}: StateDictModel): Record<string, SafetensorsTensor> {
  const { parameters: specs, buffers } = modelTensors(config);
  const tensors = specs.map(({ name, shape }) => [name, { shape, data: parameters[name]!.data }] as const);
  const others = buffers.map((buffer): [string, SafetensorsTensor] => {
    if (buffer.kind === 'batchesTracked') {
      return [buffer.name, { shape: [], data: BigInt64Array.of(batchesTracked[buffer.name] ?? 0n) }];
    }
    return [buffer.name, { shape: buffer.shape, data: toArray(buffer.values(), buffer.dtype) }];
  });
  return Object.fromEntries([...tensors, ...others]);
}

/**
 * A model as a safetensors file that PyTorch loads: `model.load_state_dict(safetensors.torch.load_file(path))`.
 *
 * @returns the file's content in chunks
 */
export const encodeStateDict = (model: StateDictModel): Uint8Array[] =>
  // What Hugging Face's libraries ask for.
  encodeSafetensors(stateDict(model), { format: 'pt', config: JSON.stringify(model.config) });
