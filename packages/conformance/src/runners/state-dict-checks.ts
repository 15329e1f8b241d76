import { encodeStateDict, type InferredConfig, modelTensors } from '@mfm/models';
import { type Check, namesCheck } from '../check/check.ts';
import type { DescribedTensors } from './infer-config.ts';

/** PyTorch's types by their names in safetensors files. */
const TYPES: Readonly<Record<string, string>> = { F32: 'torch.float32', I64: 'torch.int64' };

/** Documents name a type where it is another. */
const USUAL_TYPE = 'torch.float32';

interface HeaderEntry {
  dtype: string;
  shape: number[];
}

/** The tensors that a safetensors file begins with a list of. */
function listedTensors(header: Uint8Array): [string, HeaderEntry][] {
  const { __metadata__, ...tensors } = JSON.parse(new TextDecoder().decode(header.subarray(8)));
  return Object.entries(tensors as Record<string, HeaderEntry>);
}

const describe = (name: string, type: string | undefined, shape: readonly number[]) => `${name} ${type} [${shape}]`;

/**
 * Whether the state dict that is written of a model has exactly the official one's names, types and shapes, buffers too, so that
 * `load_state_dict(strict=True)` takes it.
 */
export function stateDictChecks(config: InferredConfig, expected: DescribedTensors): Check[] {
  // Values do not matter here; zeros that nobody looks at take no memory.
  const parameters = Object.fromEntries(
    modelTensors(config).parameters.map(({ name, shape }) => [
      name,
      { shape, data: new Float32Array(shape.reduce((product, length) => product * length, 1)) },
    ]),
  );
  const [header] = encodeStateDict({ config, parameters });
  return [
    namesCheck(
      'state dict',
      listedTensors(header!).map(([name, { dtype, shape }]) => describe(name, TYPES[dtype] ?? dtype, shape)),
      Object.entries(expected).map(([name, { dtype = USUAL_TYPE, shape }]) => describe(name, dtype, shape)),
    ),
  ];
}
