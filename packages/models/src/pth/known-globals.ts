import type { SafetensorsType } from '../checkpoint/safetensors-type.ts';
import { type BuildContext, KnownGlobal, type PickleObject } from './pickle-object.ts';
import type { PthKey, PthValue } from './pth-value.ts';
import { rebuildParameter, rebuildTensor } from './rebuild-tensor.ts';

type Behaviour = KnownGlobal['does'];
type Make = NonNullable<Behaviour['make']>;

/** A key or element: only what Python compares by value and JavaScript too. */
export function toKey(value: PickleObject | undefined, { fail }: Pick<BuildContext, 'fail'>): PthKey {
  const isKey = value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
  return isKey ? (value as PthKey) : fail('a key or element of a set must be a text or number, and is not');
}

/** A dictionary of no pairs, of a list of pairs, or of another one. */
const makeMap: Make = ([given], context) => {
  const pairs = given === undefined ? [] : given;
  if (!(given instanceof Map) && !Array.isArray(pairs)) return context.fail('a dictionary is not made of pairs');
  const list = [...(pairs as Iterable<PickleObject>)];
  context.spend(list.length);
  return new Map(
    list.map((pair) => {
      if (!Array.isArray(pair) || pair.length !== 2) return context.fail('a dictionary is not made of pairs');
      return [toKey(pair[0], context), pair[1] as PthValue];
    }),
  );
};

const makeSet: Make = ([given = []], context) => {
  if (!Array.isArray(given)) return context.fail('a set is not made of a list');
  context.spend(given.length);
  return new Set(given.map((element) => toKey(element, context)));
};

/** `torch.Size`: a tuple of lengths. */
const makeSize: Make = ([given = []], { fail }) => (Array.isArray(given) ? given : fail('a size is not a tuple'));

/** An object's attributes become the Map's entries. */
const takeAttributes: NonNullable<Behaviour['setState']> = (object, state, context) => {
  if (!(object instanceof Map) || !(state instanceof Map)) return context.fail('attributes are not a dictionary');
  context.spend(state.size);
  for (const [key, value] of state) object.set(key, value);
};

/** What else a dictionary carries (`_metadata` of a state dict, yacs's flags) is no part of its data. */
const leaveAttributes: NonNullable<Behaviour['setState']> = () => undefined;

const dictionary: Behaviour = { make: makeMap, setState: leaveAttributes };

const STORAGE_ELEMENTS: Readonly<Record<string, SafetensorsType>> = {
  Double: 'F64',
  Float: 'F32',
  Half: 'F16',
  BFloat16: 'BF16',
  Long: 'I64',
  Int: 'I32',
  Short: 'I16',
  Char: 'I8',
  Byte: 'U8',
  Bool: 'BOOL',
  Untyped: 'U8',
};

/** Storages on a GPU are named after another module; their data are the same. */
const storages = ['torch', 'torch.cuda', 'torch.storage'].flatMap((module) =>
  Object.entries(STORAGE_ELEMENTS).map(([prefix, elements]): [string, Behaviour] => [
    `${module}.${prefix}Storage`,
    { elements },
  ]),
);

/** The short list, by full name. A new row must build data only. Python 2 called `builtins` `__builtin__`, and protocol 2 still does. */
const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  'collections.OrderedDict': dictionary,
  'collections.Counter': dictionary,
  'yacs.config.CfgNode': dictionary,
  'argparse.Namespace': { make: () => new Map(), setState: takeAttributes },
  '__builtin__.set': { make: makeSet },
  'builtins.set': { make: makeSet },
  '__builtin__.frozenset': { make: makeSet },
  'builtins.frozenset': { make: makeSet },
  'torch.Size': { make: makeSize },
  'torch._utils._rebuild_tensor': { make: rebuildTensor },
  'torch._utils._rebuild_tensor_v2': { make: rebuildTensor },
  'torch._utils._rebuild_parameter': { make: rebuildParameter },
  'torch._utils._rebuild_parameter_with_state': { make: rebuildParameter },
  ...Object.fromEntries(storages),
};

const KNOWN = new Map(Object.entries(BEHAVIOURS).map(([name, does]) => [name, new KnownGlobal(name, does)]));

/** The global of this name, if it is on the list. */
export const findGlobal = (module: string, name: string): KnownGlobal | undefined => KNOWN.get(`${module}.${name}`);
