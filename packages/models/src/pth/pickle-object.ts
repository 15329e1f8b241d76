import type { SafetensorsType } from '../checkpoint/safetensors-type.ts';
import type { PthTensor, PthValue } from './pth-value.ts';

/** Elements of one type that tensors share; `key` names the file's record of them. */
export class StorageReference {
  constructor(
    readonly key: string,
    readonly type: SafetensorsType,
    readonly count: number,
  ) {}
}

/** A tensor whose elements are still to be read. */
export interface PendingTensor {
  /** Filled in place: the pickle's containers hold it already. */
  readonly tensor: { -readonly [K in keyof PthTensor]: PthTensor[K] };
  readonly storage: StorageReference;
  /** In elements of the tensor's type, which need not be the storage's. */
  readonly offset: number;
  readonly strides: readonly number[];
}

/** What a known global may do while a pickle is read. */
export interface BuildContext {
  fail(what: string): never;
  /** Accounts for elements that are copied; fails when they are more than the pickle can hold. */
  spend(elements: number): void;
  /** Accounts for a dictionary or set, which takes some hundred bytes however empty; fails when there are too many. */
  addContainer(): void;
  /** Notes a tensor to be filled later. */
  addTensor(pending: PendingTensor): void;
}

/** What a global of the short list may do. */
export interface GlobalBehaviour {
  /** The value that calling it gives. */
  readonly make?: (args: readonly PickleObject[], context: BuildContext) => PickleObject;
  /** Takes over the state of an object that it made; without it, the state is left aside. */
  readonly setState?: (object: PickleObject, state: PickleObject, context: BuildContext) => void;
  /** For a class of storages, the type of their elements. */
  readonly elements?: SafetensorsType;
  /** For a constant, the text that stands for it. */
  readonly constant?: string;
}

/** A global of the short list: the only things a pickle can name. It makes data of this project's own, and runs nothing of the file's. */
export class KnownGlobal {
  constructor(
    readonly name: string,
    readonly does: GlobalBehaviour,
  ) {}
}

/** NumPy's type of elements. */
export class NumpyType {
  constructor(readonly elements: SafetensorsType) {}
}

/** Whatever can lie on a pickle's stack. */
export type PickleObject = PthValue | StorageReference | KnownGlobal | NumpyType | PickleObject[];
