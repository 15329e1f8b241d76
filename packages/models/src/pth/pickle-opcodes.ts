import { toKey } from './known-globals.ts';
import type { PickleMachine } from './pickle-machine.ts';
import { KnownGlobal, type PickleObject } from './pickle-object.ts';
import type { PthValue } from './pth-value.ts';

/** One instruction: what follows it is read from the machine's cursor. */
export type Instruction = (machine: PickleMachine) => void;

const HIGHEST_PROTOCOL = 5;

const constant =
  (value: PickleObject): Instruction =>
  (machine) =>
    machine.push(value);

/** The newest `count` objects as a tuple. */
const tuple =
  (count: number): Instruction =>
  (machine) => {
    const items = Array.from({ length: count }, () => machine.pop());
    machine.push(items.reverse());
  };

const memorise = (machine: PickleMachine, index: number) => machine.memo.set(index, machine.top());

function recall(machine: PickleMachine, index: number) {
  const value = machine.memo.get(index);
  machine.push(value === undefined ? machine.fail(`uses object ${index} before it is there`) : value);
}

function protocol({ cursor, fail }: PickleMachine) {
  const version = cursor.uint8();
  if (version > HIGHEST_PROTOCOL) fail(`has pickle protocol ${version}, and ${HIGHEST_PROTOCOL} is the highest known`);
}

function append(machine: PickleMachine, items: readonly PickleObject[]) {
  const list = machine.top();
  if (!Array.isArray(list)) return machine.fail('appends to something that is not a list');
  for (const item of items) (list as PickleObject[]).push(item);
}

function setItems(machine: PickleMachine, items: readonly PickleObject[]) {
  const map = machine.top();
  if (!(map instanceof Map) || items.length % 2 !== 0)
    return machine.fail('sets items of something else than a dictionary');
  for (let i = 0; i < items.length; i += 2) map.set(toKey(items[i], machine), items[i + 1] as PthValue);
}

function addItems(machine: PickleMachine, items: readonly PickleObject[]) {
  const set = machine.top();
  if (!(set instanceof Set)) return machine.fail('adds to something that is not a set');
  for (const item of items) set.add(toKey(item, machine));
}

/** Items down to the mark go into a container that is pushed first. */
const gathered =
  (make: () => PickleObject, fill: (machine: PickleMachine, items: PickleObject[]) => void): Instruction =>
  (machine) => {
    const items = machine.popToMark();
    machine.addContainer();
    machine.push(make());
    fill(machine, items);
  };

/** An empty dictionary or set. */
const empty =
  (make: () => PickleObject): Instruction =>
  (machine) => {
    machine.addContainer();
    machine.push(make());
  };

function single(machine: PickleMachine): PickleObject[] {
  return [machine.pop()];
}

function pair(machine: PickleMachine): PickleObject[] {
  const value = machine.pop();
  return [machine.pop(), value];
}

/** REDUCE and NEWOBJ: both call a global, and what it makes is data either way. */
function call(machine: PickleMachine) {
  const args = machine.pop();
  const callee = machine.pop();
  const make = callee instanceof KnownGlobal ? callee.does.make : undefined;
  if (make === undefined || !Array.isArray(args)) return machine.fail('calls something that cannot be called');
  const made = make(args as PickleObject[], machine);
  if (typeof made === 'object' && made !== null) machine.madeBy.set(made, callee as KnownGlobal);
  machine.push(made);
}

function build(machine: PickleMachine) {
  const state = machine.pop();
  const object = machine.top();
  const maker = typeof object === 'object' && object !== null ? machine.madeBy.get(object) : undefined;
  if (maker?.does.setState === undefined) return machine.fail('gives attributes to something that has none');
  maker.does.setState(object, state, machine);
}

function globalOnStack(machine: PickleMachine) {
  const [module, name] = pair(machine);
  if (typeof module !== 'string' || typeof name !== 'string')
    return machine.fail('names a global by something else than texts');
  machine.push(machine.findGlobal(module, name));
}

/** Texts of Python 2, byte for byte. */
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Instructions by opcode (Python's pickletools). Text forms of protocol 0, extensions and out-of-band buffers are not written by PyTorch. */
export const INSTRUCTIONS: Readonly<Record<number, Instruction>> = {
  128: protocol,
  149: ({ cursor }) => void cursor.uint64(), // FRAME: a hint for readers of streams.
  40: (machine) => machine.mark(),
  48: (machine) => machine.popOrUnmark(),
  49: (machine) => void machine.popToMark(),
  50: (machine) => machine.push(machine.top()),

  78: constant(null),
  136: constant(true),
  137: constant(false),
  74: (machine) => machine.push(machine.cursor.int32()),
  75: (machine) => machine.push(machine.cursor.uint8()),
  77: (machine) => machine.push(machine.cursor.uint16()),
  138: (machine) => machine.push(machine.cursor.integer(machine.cursor.uint8())),
  139: (machine) => machine.push(machine.cursor.integer(machine.cursor.uint32())),
  71: (machine) => machine.push(machine.cursor.float64()),

  88: (machine) => machine.push(machine.cursor.text(machine.cursor.uint32())),
  140: (machine) => machine.push(machine.cursor.text(machine.cursor.uint8())),
  141: (machine) => machine.push(machine.cursor.text(machine.cursor.uint64())),
  84: (machine) => machine.push(latin1(machine.cursor.take(machine.cursor.uint32()))),
  85: (machine) => machine.push(latin1(machine.cursor.take(machine.cursor.uint8()))),
  66: (machine) => machine.push(machine.cursor.take(machine.cursor.uint32()).slice()),
  67: (machine) => machine.push(machine.cursor.take(machine.cursor.uint8()).slice()),
  142: (machine) => machine.push(machine.cursor.take(machine.cursor.uint64()).slice()),

  41: tuple(0),
  133: tuple(1),
  134: tuple(2),
  135: tuple(3),
  116: (machine) => machine.push(machine.popToMark()),
  93: (machine) => machine.push([]),
  108: (machine) => machine.push(machine.popToMark()),
  97: (machine) => append(machine, single(machine)),
  101: (machine) => append(machine, machine.popToMark()),
  125: empty(() => new Map()),
  100: gathered(() => new Map(), setItems),
  115: (machine) => setItems(machine, pair(machine)),
  117: (machine) => setItems(machine, machine.popToMark()),
  143: empty(() => new Set()),
  144: (machine) => addItems(machine, machine.popToMark()),
  145: gathered(() => new Set(), addItems),

  113: (machine) => void memorise(machine, machine.cursor.uint8()),
  114: (machine) => void memorise(machine, machine.cursor.uint32()),
  148: (machine) => void memorise(machine, machine.memo.size),
  104: (machine) => recall(machine, machine.cursor.uint8()),
  106: (machine) => recall(machine, machine.cursor.uint32()),

  99: (machine) => machine.push(machine.findGlobal(machine.cursor.line(), machine.cursor.line())),
  147: globalOnStack,
  82: call,
  129: call,
  98: build,
  81: (machine) => machine.push(machine.findStorage(machine.pop())),
};

/** Ends a pickle. */
export const STOP = 0x2e;
