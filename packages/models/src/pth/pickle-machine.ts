import { UserError } from '@mfm/cli';
import { findGlobal } from './known-globals.ts';
import { openPickle, type PickleCursor } from './pickle-cursor.ts';
import {
  type BuildContext,
  KnownGlobal,
  type PendingTensor,
  type PickleObject,
  StorageReference,
} from './pickle-object.ts';
import { INSTRUCTIONS, STOP } from './pickle-opcodes.ts';
import { checkPlain } from './plain-data.ts';
import { failFor, quote } from './pth-error.ts';
import type { PthValue } from './pth-value.ts';
import { isCount } from './rebuild-tensor.ts';
import { unreadTensors } from './torch-types.ts';

/** The state of a pickle while it is read. */
export interface PickleMachine extends BuildContext {
  readonly cursor: PickleCursor;
  readonly memo: Map<number, PickleObject>;
  /** Which global made an object: it alone knows what to do with the object's attributes. */
  readonly madeBy: WeakMap<object, KnownGlobal>;
  push(object: PickleObject): void;
  pop(): PickleObject;
  top(): PickleObject;
  mark(): void;
  popToMark(): PickleObject[];
  /** Takes away the newest object, or the mark when there is none above it. */
  popOrUnmark(): void;
  /** A global of the short list, or the constant that it is. */
  findGlobal(module: string, name: string): PickleObject;
  /** The storage that a persistent id names. */
  findStorage(id: PickleObject): StorageReference;
}

/** What a pickle held. */
export interface Unpickled {
  readonly value: PthValue;
  /** Where what follows it begins. */
  readonly end: number;
  /** Tensors to be filled from their storages. */
  readonly tensors: readonly PendingTensor[];
  readonly storages: ReadonlyMap<string, StorageReference>;
}

function refuse(source: string, module: string, name: string): never {
  const unread = unreadTensors(`${module}.${name}`);
  if (unread !== undefined) {
    throw new UserError(
      `readPth: ${source}: holds ${unread} (${quote(`${module}.${name}`)}), which are not read. Convert them to float32 tensors before saving.`,
    );
  }
  throw new UserError(
    `readPth: ${source}: names ${quote(`${module}.${name}`)}, which is not on the list of globals known to hold plain data; nothing of it ` +
      'was run. Save the checkpoint again with tensors, dictionaries, lists, texts and numbers only.',
  );
}

/** Storages by key: one key is one storage, whatever the tensors. */
function storageTable(fail: (what: string) => never) {
  const storages = new Map<string, StorageReference>();
  const find = (id: PickleObject): StorageReference => {
    const [tag, kind, key, , count, view] = Array.isArray(id) ? (id as PickleObject[]) : [];
    const type = kind instanceof KnownGlobal ? kind.does.elements : undefined;
    if (tag !== 'storage' || type === undefined || typeof key !== 'string' || !isCount(count)) {
      return fail('holds a reference that is not to a storage');
    }
    if ((view ?? null) !== null) return fail('holds a storage within a storage, as PyTorch before 0.4 wrote them');
    const known = storages.get(key);
    if (known === undefined) {
      const storage = new StorageReference(key, type, count);
      storages.set(key, storage);
      return storage;
    }
    return known.type === type && known.count === count ? known : fail(`describes storage ${quote(key)} in two ways`);
  };
  return { storages, find };
}

/** A checkpoint has one dictionary per tensor or parameter, and few besides. */
const MAX_CONTAINERS = 2 ** 17;

function createMachine(source: string, bytes: Uint8Array, begin: number) {
  const fail = failFor(source);
  const stack: PickleObject[] = [];
  const marks: number[] = [];
  const tensors: PendingTensor[] = [];
  const { storages, find } = storageTable(fail);
  let budget = bytes.length;
  let containers = 0;
  const floor = () => marks.at(-1) ?? 0;
  const top = () => (stack.length > floor() ? stack.at(-1)! : fail('takes an object that is not there'));
  const machine: PickleMachine = {
    cursor: openPickle(bytes, begin, fail),
    memo: new Map(),
    madeBy: new WeakMap(),
    fail,
    // Each element of a container took a byte at least, so copying every container once stays below the pickle's length.
    spend(elements) {
      budget -= elements;
      if (budget < 0) fail('copies the same data over and over');
    },
    addContainer() {
      if (++containers > MAX_CONTAINERS) fail(`has more than ${MAX_CONTAINERS} dictionaries and sets`);
    },
    addTensor: (pending) => void tensors.push(pending),
    push: (object) => void stack.push(object),
    top,
    pop() {
      const object = top();
      stack.pop();
      return object;
    },
    mark: () => void marks.push(stack.length),
    popToMark: () => stack.splice(marks.pop() ?? fail('looks for a mark that is not there')),
    popOrUnmark: () => void (stack.length > floor() ? stack.pop() : (marks.pop() ?? fail('pops an empty stack'))),
    findGlobal(module, name) {
      const found = findGlobal(module, name) ?? refuse(source, module, name);
      return found.does.constant ?? found;
    },
    findStorage: find,
  };
  return { machine, tensors, storages };
}

/** Real checkpoints take some hundred thousand at most. Each may build an object of some hundred bytes from one byte, so that length alone is no bound. */
const MAX_INSTRUCTIONS = 2 ** 22;

/**
 * Runs a pickle as a machine that can build plain data only: no class, function or module of Python is ever looked up.
 * Its work and memory are bounded by its length and a number of instructions.
 *
 * @param begin where the pickle begins in the bytes
 * @throws UserError when it is damaged, or names a global that is not on the list
 */
export function unpickle(source: string, bytes: Uint8Array, begin = 0): Unpickled {
  const { machine, tensors, storages } = createMachine(source, bytes, begin);
  const { cursor, fail } = machine;
  let done = 0;
  for (let opcode = cursor.uint8(); opcode !== STOP; opcode = cursor.uint8()) {
    if (++done > MAX_INSTRUCTIONS) return fail(`has a pickle of more than ${MAX_INSTRUCTIONS} instructions`);
    const instruction = INSTRUCTIONS[opcode];
    if (instruction === undefined) return fail(`holds the pickle opcode 0x${opcode.toString(16)}, which is not known`);
    instruction(machine);
  }
  const value = machine.pop();
  return { value: checkPlain(value, fail), end: cursor.position, tensors, storages };
}
