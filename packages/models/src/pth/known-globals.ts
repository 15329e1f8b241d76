import { NUMPY_GLOBALS } from './numpy-globals.ts';
import { type BuildContext, type GlobalBehaviour, KnownGlobal, type PickleObject } from './pickle-object.ts';
import type { PthKey, PthValue } from './pth-value.ts';
import { rebuildParameter, rebuildTensor, rebuildTypedTensor } from './rebuild-tensor.ts';
import { DTYPES, STORAGE_ELEMENTS } from './torch-types.ts';

type Make = NonNullable<GlobalBehaviour['make']>;

/** A key or element: only what Python compares by value and JavaScript too. */
export function toKey(value: PickleObject | undefined, { fail }: Pick<BuildContext, 'fail'>): PthKey {
  const isKey = value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
  return isKey ? (value as PthKey) : fail('a key or element of a set must be a text or number, and is not');
}

/** A dictionary of no pairs, of a list of pairs, or of another one. */
const makeMap: Make = ([given], context) => {
  const pairs = given === undefined ? [] : given;
  if (!(given instanceof Map) && !Array.isArray(pairs)) return context.fail('a dictionary is not made of pairs');
  context.addContainer();
  context.spend(given instanceof Map ? given.size : (pairs as PickleObject[]).length);
  const list = [...(pairs as Iterable<PickleObject>)];
  return new Map(
    list.map((pair) => {
      if (!Array.isArray(pair) || pair.length !== 2) return context.fail('a dictionary is not made of pairs');
      return [toKey(pair[0], context), pair[1] as PthValue];
    }),
  );
};

const makeSet: Make = ([given = []], context) => {
  if (!Array.isArray(given)) return context.fail('a set is not made of a list');
  context.addContainer();
  context.spend(given.length);
  return new Set(given.map((element) => toKey(element, context)));
};

/** `torch.Size`: a tuple of lengths. */
const makeSize: Make = ([given = []], { fail }) => (Array.isArray(given) ? given : fail('a size is not a tuple'));

/** A dictionary whose argument, the factory of missing values, is left aside. */
const makeEmptyMap: Make = (_factory, context) => {
  context.addContainer();
  return new Map();
};

/** `torch.device`: its name, `cuda:0`. */
const makeDevice: Make = (args, { fail }) =>
  args.every((part) => typeof part === 'string' || typeof part === 'number')
    ? args.slice(0, 2).join(':')
    : fail('a device has no name');

const TENSOR_MAKERS: readonly Make[] = [rebuildTensor, rebuildTypedTensor, rebuildParameter];

/** `_rebuild_from_type_v2(function, class, arguments, attributes)`: a tensor of a subclass, or with attributes, is the tensor itself. */
const rebuildSubclass: Make = ([callee, , args], context) => {
  const make = callee instanceof KnownGlobal ? callee.does.make : undefined;
  const isTensor = make !== undefined && TENSOR_MAKERS.includes(make) && Array.isArray(args);
  return isTensor ? make(args as PickleObject[], context) : context.fail('a tensor is made by something else');
};

/** An object's attributes become the Map's entries. */
const takeAttributes: NonNullable<GlobalBehaviour['setState']> = (object, state, context) => {
  if (!(object instanceof Map) || !(state instanceof Map)) return context.fail('attributes are not a dictionary');
  context.spend(state.size);
  for (const [key, value] of state) object.set(key, value);
};

/** What else a dictionary carries (`_metadata` of a state dict, yacs's flags) is no part of its data. */
const leaveAttributes: NonNullable<GlobalBehaviour['setState']> = () => undefined;

const dictionary: GlobalBehaviour = { make: makeMap, setState: leaveAttributes };

/** Storages on a GPU are named after another module; their data are the same. */
const storages = ['torch', 'torch.cuda', 'torch.storage'].flatMap((module) =>
  Object.entries(STORAGE_ELEMENTS).map(([prefix, elements]): [string, GlobalBehaviour] => [
    `${module}.${prefix}Storage`,
    { elements },
  ]),
);

const CLASSES = [
  ...['torch.Tensor', 'torch.nn.parameter.Parameter', 'torch.nn.parameter.Buffer'],
  ...['dict', 'list', 'int', 'float'].flatMap((name) => [`builtins.${name}`, `__builtin__.${name}`]),
];

/** The short list, by full name. A new row must build data only. Python 2 called `builtins` `__builtin__`, and protocol 2 still does. */
const BEHAVIOURS: Readonly<Record<string, GlobalBehaviour>> = {
  'collections.OrderedDict': dictionary,
  'collections.Counter': dictionary,
  'collections.defaultdict': { make: makeEmptyMap, setState: leaveAttributes },
  'yacs.config.CfgNode': dictionary,
  'argparse.Namespace': { make: makeEmptyMap, setState: takeAttributes },
  '__builtin__.set': { make: makeSet },
  'builtins.set': { make: makeSet },
  '__builtin__.frozenset': { make: makeSet },
  'builtins.frozenset': { make: makeSet },
  'torch.Size': { make: makeSize },
  'torch._utils._rebuild_tensor': { make: rebuildTensor },
  'torch._utils._rebuild_tensor_v2': { make: rebuildTensor },
  'torch._utils._rebuild_tensor_v3': { make: rebuildTypedTensor },
  'torch._utils._rebuild_parameter': { make: rebuildParameter },
  'torch._utils._rebuild_parameter_with_state': { make: rebuildParameter },
  'torch._tensor._rebuild_from_type_v2': { make: rebuildSubclass },
  'torch.device': { make: makeDevice },
  // Classes that are arguments only.
  ...Object.fromEntries(CLASSES.map((name) => [name, {}])),
  ...Object.fromEntries(Object.keys(DTYPES).map((name) => [name, { constant: name }])),
  ...Object.fromEntries(storages),
  ...NUMPY_GLOBALS,
};

const KNOWN = new Map(Object.entries(BEHAVIOURS).map(([name, does]) => [name, new KnownGlobal(name, does)]));

/** The global of this name, if it is on the list. */
export const findGlobal = (module: string, name: string): KnownGlobal | undefined => KNOWN.get(`${module}.${name}`);
