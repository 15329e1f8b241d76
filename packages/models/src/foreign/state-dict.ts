import { UserError } from '@mfm/cli';
import type { HostParameters } from '../checkpoint/checkpoint.ts';
import type { ReadTensor } from '../checkpoint/read-safetensors.ts';
import { isPthTensor, type PthValue } from '../pth/pth-value.ts';

/** Tensors of a PyTorch file by name, and what else it says. */
export interface StateDict {
  /** The file's name, for messages. */
  readonly source: string;
  /** Floating-point tensors, as float32. */
  readonly parameters: HostParameters;
  /** Integers and truth values: counters and index tables. */
  readonly others: Readonly<Record<string, ReadTensor>>;
  /** What the file holds beside the tensors, where it is a dictionary: `config`, `epoch`. */
  readonly entries: ReadonlyMap<unknown, PthValue>;
}

/** Where training scripts keep the weights, the likeliest first. A file may also be the state dict itself. */
const CONTAINERS = ['model', 'state_dict', 'model_state_dict', 'model_ema', 'state_dict_ema', 'net', 'module'];

/** What wrappers of PyTorch put before every name: DistributedDataParallel, torch.compile. */
const WRAPPERS = ['module.', '_orig_mod.'];

const FLOATS: ReadonlySet<string> = new Set(['F64', 'F32', 'F16', 'BF16']);

const toFloat32 = ({ data }: ReadTensor): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data as Float64Array);

type Named = [name: string, tensor: ReadTensor];

function withoutWrappers(tensors: Named[]): Named[] {
  const wrapper = WRAPPERS.find((prefix) => tensors.length > 0 && tensors.every(([name]) => name.startsWith(prefix)));
  if (wrapper === undefined) return tensors;
  return withoutWrappers(tensors.map(([name, tensor]) => [name.slice(wrapper.length), tensor]));
}

/** Sorts named tensors into a state dict. */
export function stateDictOf(source: string, named: Named[], entries: StateDict['entries'] = new Map()): StateDict {
  const tensors = withoutWrappers(named);
  const isFloat = ([, { type }]: Named) => FLOATS.has(type);
  const parameters = tensors
    .filter(isFloat)
    .map(([name, tensor]) => [name, { shape: tensor.shape, data: toFloat32(tensor) }] as const);
  return {
    ...{ source, entries },
    parameters: Object.fromEntries(parameters),
    others: Object.fromEntries(tensors.filter((tensor) => !isFloat(tensor))),
  };
}

const tensorsOf = (value: PthValue | undefined): Named[] =>
  value instanceof Map
    ? [...value].filter((entry): entry is Named => typeof entry[0] === 'string' && isPthTensor(entry[1]))
    : [];

/**
 * The weights in what `torch.save` wrote.
 *
 * @throws UserError when there are none where training scripts keep them
 */
export function findStateDict(source: string, value: PthValue): StateDict {
  const root: ReadonlyMap<unknown, PthValue> = value instanceof Map ? value : new Map();
  const places = [...CONTAINERS.map((key) => root.get(key)), value];
  for (const place of places) {
    const tensors = tensorsOf(place);
    if (tensors.length > 0) return stateDictOf(source, tensors, root);
  }
  const keys = [...root.keys()].slice(0, 5).map((key) => JSON.stringify(String(key).slice(0, 100)));
  throw new UserError(
    `findStateDict: ${source}: must hold tensors by name, itself or under ${CONTAINERS.join(', ')}, got ${keys.join(', ') || 'no dictionary'}.`,
  );
}
