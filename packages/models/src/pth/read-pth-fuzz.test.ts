import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isRefused, mutate } from '../testing/mutate.ts';
import {
  call,
  dict,
  global,
  int,
  legacyCheckpoint,
  list,
  none,
  object,
  storage,
  tensor,
  text,
  tuple,
  yes,
  zipCheckpoint,
  zipOf,
} from '../testing/pth-writer.ts';
import { torchFile } from '../testing/torch-files.ts';
import { readPth } from './read-pth.ts';

const STORAGES = { '0': Float32Array.from([1, 2, 3, 4, 5, 6]) };
const shared = storage('Float', '0', 6);
const numpyType = [
  ...call(global('numpy', 'dtype'), text('f8'), int(0), int(1)),
  ...[...tuple(int(3), text('<'), none), 0x62],
];
const latin1 = (value: string) => call(global('_codecs', 'encode'), text(value), text('latin1'));
const SAMPLE = dict({
  model: [...call(global('collections', 'OrderedDict')), 0x28, ...text('a'), ...tensor(shared, [3, 2], [1, 3]), 0x75],
  typed: call(
    global('torch._utils', '_rebuild_tensor_v3'),
    ...[shared, int(0), tuple(int(4)), tuple(int(1)), yes, none, global('torch', 'int16')],
  ),
  config: object(global('yacs.config', 'CfgNode'), { __immutable__: yes, __proto__: none }),
  args: object(global('argparse', 'Namespace'), { constructor: text('x'), lr: int(2 ** 40) }),
  best: call(global('numpy.core.multiarray', 'scalar'), numpyType, latin1('\0\0\0\0\0\0\0@')),
  names: call(global('__builtin__', 'set'), list(text('x'), text('y'))),
});

async function fuzz(files: fc.Arbitrary<Uint8Array>, numRuns: number): Promise<number> {
  let refused = 0;
  const property = fc.asyncProperty(files, async (bytes) => {
    if (await isRefused(() => readPth(bytes))) refused++;
  });
  await fc.assert(property, { numRuns });
  return refused;
}

describe('readPth', () => {
  it.each<[string, () => Uint8Array]>([
    ['a zip file', () => zipCheckpoint(SAMPLE, STORAGES)],
    ['an older file', () => legacyCheckpoint(SAMPLE, STORAGES)],
    ["PyTorch's file of every type", () => torchFile('dtypes')],
    ["PyTorch's older file of views", () => torchFile('viewsLegacy')],
  ])('reads a mutated file or gives a clear error: %s', async (_, make) => {
    const file = make();
    expect(await isRefused(() => readPth(file))).toBe(false);
    const files = fc.nat().map((seed) => mutate(file, seed));
    expect(await fuzz(files, 1000)).toBeGreaterThan(300);
  });

  it('reads whatever opcodes in any order, or gives a clear error', async () => {
    const opcodes = fc.constantFrom(
      ...[...'(012NJKM\x8a\x8bGX\x8c\x8dTUBC)\x85\x86\x87t]lae}dsu\x8f\x90\x91qr\x94hjRb\x81Q\x93'].map((c) => [
        c.charCodeAt(0),
      ]),
    );
    const parts = fc.constantFrom(
      ...[text('a'), int(2 ** 40), list(), dict({}), tuple(int(1)), shared, numpyType, latin1('abc')],
      ...[
        ['collections', 'OrderedDict'],
        ['collections', 'defaultdict'],
        ['argparse', 'Namespace'],
        ['builtins', 'set'],
        ['torch', 'Size'],
        ['torch', 'device'],
        ['torch', 'int8'],
        ['torch._utils', '_rebuild_tensor_v2'],
        ['torch._utils', '_rebuild_tensor_v3'],
        ['torch._tensor', '_rebuild_from_type_v2'],
        ['numpy', 'dtype'],
        ['numpy.core.multiarray', 'scalar'],
        ['numpy.core.multiarray', '_reconstruct'],
        ['_codecs', 'encode'],
      ].map(([module, name]) => global(module!, name!)),
    );
    const pickles = fc
      .array(
        fc.oneof(
          opcodes,
          parts,
          fc.nat(3).map((value) => [value]),
        ),
        { maxLength: 40 },
      )
      .map((list) => zipOf({ 'x/data.pkl': [0x80, 2, ...list.flat(), 0x2e], 'x/data/0': new Uint8Array(24) }));
    await fuzz(pickles, 2000);
  });
});
