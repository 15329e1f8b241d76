import { isPthTensor, type PthTensor, type PthValue } from '@mfm/models';
import { type Check, namesCheck, relativeCheck } from './check.ts';
import { TOLERANCE } from './tolerances.ts';

/** A tensor in a golden document: its shape, and sums in float64. */
interface TensorSummary {
  shape: number[];
  dtype?: string;
  sum: number;
  l2: number;
  first?: number[];
}

/** Element types of safetensors by PyTorch's names. */
const TORCH_TYPES: Readonly<Record<string, string>> = { float32: 'F32', float64: 'F64', int64: 'I64', int32: 'I32' };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSummary = (expected: Record<string, unknown>) => Array.isArray(expected.shape) && 'l2' in expected;

function tensorChecks(name: string, { shape, type, data }: PthTensor, expected: TensorSummary): Check[] {
  const numbers = Array.from(data as ArrayLike<number | bigint>, Number);
  const sum = numbers.reduce((total, value) => total + value, 0);
  const absolute = numbers.reduce((total, value) => total + Math.abs(value), 0);
  const l2 = Math.sqrt(numbers.reduce((total, value) => total + value * value, 0));
  const expectedType = expected.dtype === undefined ? type : TORCH_TYPES[expected.dtype];
  return [
    namesCheck(`${name} type and shape`, [`${type} [${shape}]`], [`${expectedType} [${expected.shape}]`]),
    // A sum's rounding is relative to what was summed, whatever is left of it.
    relativeCheck(`${name} sum`, [sum, absolute], [expected.sum, absolute], TOLERANCE.float64),
    relativeCheck(`${name} l2`, [l2], [expected.l2], TOLERANCE.float64),
    relativeCheck(`${name} first`, numbers.slice(0, expected.first?.length ?? 0), expected.first ?? [], 0),
  ];
}

/** A tensor of one element stands for it. */
const plain = (actual: PthValue | undefined) =>
  isPthTensor(actual) && actual.data.length === 1 ? Number(actual.data[0]) : actual;

/** Compares what a pickle held with a JSON document: dictionaries, lists, numbers and texts exactly, tensors by their summaries. */
export function pickledChecks(name: string, actual: PthValue | undefined, expected: unknown): Check[] {
  if (isObject(expected) && isSummary(expected) && isPthTensor(actual)) {
    return tensorChecks(name, actual, expected as unknown as TensorSummary);
  }
  if (isObject(expected) && actual instanceof Map) {
    const entries = new Map([...actual].map(([key, value]) => [String(key), value]));
    return [
      namesCheck(`${name} keys`, [...entries.keys()], Object.keys(expected)),
      ...Object.entries(expected).flatMap(([key, value]) => pickledChecks(`${name}.${key}`, entries.get(key), value)),
    ];
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const lengths = relativeCheck(`${name} length`, [actual.length], [expected.length], 0);
    return [lengths, ...expected.flatMap((value, index) => pickledChecks(`${name}.${index}`, actual[index], value))];
  }
  return [{ name, error: Object.is(plain(actual), expected) ? 0 : Number.POSITIVE_INFINITY, tolerance: 0 }];
}
