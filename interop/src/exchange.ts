import { readSafetensors, type SafetensorsArray, type SafetensorsType, writeSafetensors } from '@mfm/models';
import type { HostTensor, HostTensors, HostType } from '@mfm/onnx';

/** Element types that the inputs and outputs of exported models have. */
const TYPES: Readonly<Partial<Record<HostType, SafetensorsType>>> = {
  float32: 'F32',
  int64: 'I64',
  int32: 'I32',
  uint8: 'U8',
  bool: 'BOOL',
};

const toHostType = (type: SafetensorsType) =>
  Object.entries(TYPES).find(([, known]) => known === type)?.[0] as HostType | undefined;

/** Writes the inputs or outputs of a run, as a safetensors file. */
export async function writeTensors(path: string, tensors: HostTensors): Promise<void> {
  const entries = Object.entries(tensors).map(([name, { type, dims, data }]) => {
    const known = TYPES[type];
    if (known === undefined) throw new Error(`writeTensors: "${name}" must be of a known type, got ${type}.`);
    return [name, { shape: dims, type: known, data: data as SafetensorsArray }] as const;
  });
  await writeSafetensors(path, Object.fromEntries(entries));
}

/**
 * Reads what {@link writeTensors} or a runtime wrote.
 *
 * @throws UserError when it is not a safetensors file
 */
export async function readTensors(path: string): Promise<HostTensors> {
  const { tensors } = await readSafetensors(path);
  const entries = Object.entries(tensors).map(([name, { shape, type, data }]): [string, HostTensor] => {
    const known = toHostType(type);
    if (known === undefined) throw new Error(`readTensors: "${name}" must be of a known type, got ${type}.`);
    return [name, { type: known, dims: shape, data: data as HostTensor['data'] }];
  });
  return Object.fromEntries(entries);
}
