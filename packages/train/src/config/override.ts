import { UserError } from '@mfm/cli';

/** A JSON object whose keys are not known yet. */
export type JsonObject = { [key: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value in its JSON meaning (`3`, `true`, `[0.9, 0.95]`), or as it stands: `cosine` needs no quotes. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Keys that would reach an object's prototype. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Reads an override as the command line gives it.
 *
 * @example parseOverride('optimiser.betas=[0.9,0.999]') → { optimiser: { betas: [0.9, 0.999] } }
 * @throws UserError when it is not `key=value`
 */
export function parseOverride(text: string): JsonObject {
  const equals = text.indexOf('=');
  const keys = text.slice(0, Math.max(0, equals)).split('.');
  if (equals < 1 || keys.some((key) => key === '' || FORBIDDEN_KEYS.has(key))) {
    throw new UserError(
      `--set: must be key=value with dots between keys, got "${text}". Example: --set schedule.warmupEpochs=5`,
    );
  }
  return keys.reduceRight<unknown>(
    (value, key) => ({ [key]: value }),
    parseValue(text.slice(equals + 1)),
  ) as JsonObject;
}

/** Keys that say what an object is: one of another kind replaces it, because their other keys have nothing in common. */
const KINDS = ['type', 'filter'];

const changesKind = (base: JsonObject, over: JsonObject) =>
  KINDS.some((key) => base[key] !== undefined && over[key] !== undefined && base[key] !== over[key]);

/**
 * Lays one object over another, key by key at every depth; arrays and scalars replace, undefined leaves as it is. An object whose
 * `type` or `filter` changes is replaced.
 */
export function mergeConfig(base: JsonObject, over: JsonObject): JsonObject {
  const merged: JsonObject = changesKind(base, over) ? {} : { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined || FORBIDDEN_KEYS.has(key)) continue;
    const below = merged[key];
    merged[key] = isJsonObject(below) && isJsonObject(value) ? mergeConfig(below, value) : value;
  }
  return merged;
}

/** Dotted names of the values in which two configurations differ. */
export function differingKeys(a: unknown, b: unknown, prefix = ''): string[] {
  if (!isJsonObject(a) || !isJsonObject(b)) return JSON.stringify(a) === JSON.stringify(b) ? [] : [prefix];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.flatMap((key) => differingKeys(a[key], b[key], prefix === '' ? key : `${prefix}.${key}`));
}
