import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import fc from 'fast-check';
import { PRESETS } from '../presets/presets.ts';
import { mergeConfig, parseOverride } from './override.ts';
import { parseTrainConfig } from './parse-config.ts';
import { resolveConfig } from './resolve-config.ts';

const preset = 'mfm_pretrain__vit_quickstart';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'config-fuzz-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A value, or a UserError of one line; whatever else is thrown. */
async function resultOf<T>(read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).not.toMatch(/[\n\r]/);
    expect(error.message.length).toBeLessThan(2000);
    return undefined;
  }
}

// One seed: a run of the tests does not depend on luck. Another seed is another search.
fc.configureGlobal({ seed: 20261124 });

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'kind',
  'type',
  'filter',
  'model',
  '',
];
const odd = fc.constantFrom<unknown>(
  ...[
    null,
    true,
    -1,
    0,
    1.5,
    1e300,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -0,
    '',
    'NaN',
    '9'.repeat(400),
    [],
    {},
  ],
  ...[[[]], [1e9], { type: 'vit' }, { filter: '__proto__' }, { type: 'constructor' }, ['a\nb'], 'a\nb\u2028'],
);
const value = fc.oneof(odd, fc.jsonValue({ maxDepth: 3 }));

/** Paths of every value in a configuration. */
function pathsIn(config: unknown, path: string[] = []): string[][] {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return [path];
  return [path, ...Object.entries(config).flatMap(([key, below]) => pathsIn(below, [...path, key]))];
}

/** A copy in which the value at a path is another one; `__proto__` is a key like any other, as JSON.parse makes it. */
function withValue(config: unknown, [key, ...rest]: readonly string[], replacement: unknown): unknown {
  if (key === undefined) return replacement;
  const object = typeof config === 'object' && config !== null ? config : {};
  const copy = Object.fromEntries(Object.entries(object));
  Object.defineProperty(copy, key, {
    value: withValue(Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : {}, rest, replacement),
    ...{ enumerable: true, writable: true, configurable: true },
  });
  return copy;
}

const configs = fc.constantFrom(...PRESETS.map(({ config }) => withValue(config, ['data', 'path'], 'synthetic')));
const changed = configs.chain((config) =>
  fc
    .array(
      fc.tuple(fc.constantFrom(...pathsIn(config)), fc.option(fc.oneof(fc.constantFrom(...NAMES), fc.string())), value),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .map((edits) =>
      edits.reduce<unknown>(
        (result, [path, key, replacement]) => withValue(result, key === null ? path : [...path, key], replacement),
        config,
      ),
    ),
);

/** JSON writes −0 as 0; nothing in a configuration tells them apart. */
function withoutNegativeZero(config: unknown): unknown {
  if (typeof config === 'number') return config + 0;
  if (Array.isArray(config)) return config.map(withoutNegativeZero);
  if (typeof config !== 'object' || config === null) return config;
  return Object.fromEntries(Object.entries(config).map(([key, below]) => [key, withoutNegativeZero(below)]));
}

function expectUnpolluted() {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

describe('a configuration with anything in it', () => {
  it('is resolved to finite numbers of known keys, or refused in one line', async () => {
    let refused = 0;
    const property = fc.asyncProperty(changed, async (input) => {
      const config = await resultOf(() => parseTrainConfig(input, 'fuzz'));
      if (config === undefined) refused++;
      else expect(JSON.parse(JSON.stringify(config))).toEqual(withoutNegativeZero(config));
    });
    await fc.assert(property, { numRuns: 1500 });
    expect(refused).toBeGreaterThan(300);
    expectUnpolluted();
  });

  it('is merged without touching a prototype', () => {
    const property = fc.property(changed, changed, (a, b) => {
      const merged = mergeConfig(Object(a), Object(b));
      expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    });
    fc.assert(property, { numRuns: 300 });
    const attack = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    mergeConfig({ model: {} }, attack);
    mergeConfig({ model: {} }, { model: attack });
    expectUnpolluted();
  });

  it('may come from --set', async () => {
    const keys = fc.array(fc.oneof(fc.constantFrom(...NAMES, 'epochs', 'schedule', 'encoder', 'task'), fc.string()), {
      maxLength: 4,
    });
    const texts = fc.oneof(fc.string(), fc.json(), fc.constantFrom('1e999', '-0', '[', '{"__proto__":{"polluted":1}}'));
    const property = fc.asyncProperty(keys, texts, async (path, text) => {
      const override = `${path.join('.')}=${text}`;
      await resultOf(() => parseOverride(override));
      await resultOf(() => resolveConfig({ preset, overrides: [override] }));
    });
    await fc.assert(property, { numRuns: 500 });
    expectUnpolluted();
  });

  it('may come from a file that is damaged', async () => {
    const file = join(folder, 'config.json');
    const text = JSON.stringify({ model: { imageSize: 32 }, epochs: 3 });
    const edits = fc.tuple(fc.nat(text.length - 1), fc.nat(3), fc.string({ maxLength: 3 }));
    const property = fc.asyncProperty(edits, async ([at, removed, inserted]) => {
      await writeFile(file, text.slice(0, at) + inserted + text.slice(at + removed));
      await resultOf(() => resolveConfig({ preset, file }));
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it.each<[string, string]>([
    ['nesting that no stack bears', `{"epochs":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['an unknown key nested deep', `${'{"model":'.repeat(5000)}1${'}'.repeat(5000)}`],
    ['a text of a megabyte', `{"epochs":"${'x'.repeat(1e6)}"}`],
    ['a key of a megabyte', `{"${'x'.repeat(1e6)}":1}`],
    ['a hundred thousand keys', `{${Array.from({ length: 1e5 }, (_, i) => `"k${i}":1`).join()}}`],
  ])('is refused for %s', async (_, text) => {
    const file = join(folder, 'hostile.json');
    await writeFile(file, text);
    expect(await resultOf(() => resolveConfig({ preset, file }))).toBeUndefined();
  });
});
