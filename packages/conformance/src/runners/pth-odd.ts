import { isPthTensor, type PthTensor, type PthValue, readPth, readSafetensors } from '@mfm/models';
import { absoluteCheck, type Check, namesCheck, type Outcome } from '../check/check.ts';
import type { GoldenCase } from '../golden/golden-case.ts';

/** Every tensor in a checkpoint, by its path with dots. */
function tensorsIn(value: PthValue, path: readonly PthValue[] = []): [string, PthTensor][] {
  if (isPthTensor(value)) return [[path.join('.'), value]];
  if (!(value instanceof Map) && !Array.isArray(value)) return [];
  return [...value.entries()].flatMap(([key, child]) => tensorsIn(child, [...path, key]));
}

/** The tensors of a file of the older format are the same. */
const expectedFile = (file: string) => file.replace(/(_legacy)?\.pth$/, '_expected.safetensors');

/** Kind `pth_odd`: every element type and every kind of view, in both formats, bit by bit. */
export async function runPthOdd(golden: GoldenCase): Promise<Outcome> {
  const checks: Check[] = [];
  for (const file of golden.json.files as string[]) {
    const actual = tensorsIn(await readPth(golden.path(file)));
    const { tensors } = await readSafetensors(golden.path(expectedFile(file)));
    const describe = ([name, { type, shape }]: [string, PthTensor]) => `${name} ${type} [${shape}]`;
    checks.push(
      namesCheck(`${file} names, types and shapes`, actual.map(describe), Object.entries(tensors).map(describe)),
      ...actual.map(([name, { data }]) => absoluteCheck(`${file} ${name}`, data, tensors[name]?.data ?? [], 0)),
    );
  }
  return { checks };
}
