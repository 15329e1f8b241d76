/** What plain data must be: a kind of leaf, an object of these keys (those with `?` may be missing), or null or that. */
export type PlainShape = keyof typeof LEAVES | { readonly [key: string]: PlainShape };

const isNumber = (value: unknown): boolean => Number.isFinite(value);

/** Longest list of a configuration. */
const MAX_LIST = 1000;
const listOf = (fits: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.length <= MAX_LIST && value.every(fits);

const LEAVES = {
  number: isNumber,
  numberOrNull: (value: unknown) => value === null || isNumber(value),
  boolean: (value: unknown) => typeof value === 'boolean',
  text: (value: unknown) => typeof value === 'string' && value.length <= MAX_LIST,
  numbers: listOf(isNumber),
  threeNumbers: (value: unknown) => listOf(isNumber)(value) && (value as unknown[]).length === 3,
  texts: listOf((value) => typeof value === 'string' && value.length <= MAX_LIST),
  colours: listOf((value) => listOf(isNumber)(value) && (value as unknown[]).length === 3),
  object: (value: unknown) => isObject(value),
} as const;

/** Kinds of leaf that are lists. */
const LISTS: ReadonlySet<string> = new Set(['texts', 'numbers', 'colours']);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The first place at which data from a file is not what it must be; other keys are left alone.
 *
 * @returns `MODEL.VIT.DEPTH must be a number`, or undefined where everything fits
 */
export function misfit(value: unknown, shape: PlainShape, path = ''): string | undefined {
  if (typeof shape === 'string') {
    return LEAVES[shape](value) ? undefined : `${path} must be ${LISTS.has(shape) ? '' : 'a '}${shape}`;
  }
  if (!isObject(value)) return `${path || 'it'} must be an object`;
  for (const [key, below] of Object.entries(shape)) {
    const name = key.replace('?', '');
    const child = Object.hasOwn(value, name) ? value[name] : undefined;
    if (child === undefined && name !== key) continue;
    const found = misfit(child, below, path === '' ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
