import { KnownGlobal, NumpyType, type PickleObject, StorageReference } from './pickle-object.ts';
import { isPthTensor, type PthValue } from './pth-value.ts';

/** Far more than any checkpoint has, and far less than a stack can bear. */
const MAX_DEPTH = 100;

/**
 * Gives a pickle's result as plain data.
 *
 * @throws through `fail`, when it holds a bare class or storage, contains itself, or is nested too deep to walk safely
 */
export function checkPlain(root: PickleObject, fail: (what: string) => never): PthValue {
  /** Containers that are done, by how deep they are: a pickle may use one object in many places. */
  const heights = new Map<object, number>();
  const visit = (value: PickleObject, depth: number): number => {
    if (typeof value !== 'object' || value === null || isPthTensor(value as PthValue)) return 0;
    if (value instanceof KnownGlobal) return fail(`holds ${value.name} itself where data should be`);
    if (value instanceof NumpyType) return fail('holds a type of NumPy where data should be');
    if (value instanceof StorageReference) return fail('holds a storage outside a tensor');
    if (value instanceof Uint8Array || value instanceof Set) return 0;
    let height = heights.get(value);
    if (depth + (height ?? 0) > MAX_DEPTH) return fail(`contains itself, or is nested deeper than ${MAX_DEPTH} levels`);
    if (height !== undefined) return height;
    height = 0;
    const children = (value as Map<unknown, PickleObject> | PickleObject[]).values();
    for (const child of children) height = Math.max(height, 1 + visit(child, depth + 1));
    heights.set(value, height);
    return height;
  };
  visit(root, 0);
  return root as PthValue;
}
