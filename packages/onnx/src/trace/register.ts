import { UserError } from '@mfm/cli';
import {
  getKernelsForBackend,
  type KernelConfig,
  type NamedAttrMap,
  registerBackend,
  registerKernel,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { allocate, asTypedArray } from '../graph/constant.ts';
import { type ElementType, sizeOf, staticShape, type Value } from '../graph/value.ts';
import { kernels } from './kernels/index.ts';
import { type Lowering, toContext } from './lowering.ts';
import { type HostValue, hasReferenceKernel, runReferenceKernel } from './reference-kernel.ts';
import { TracingBackend } from './tracing-backend.ts';

/** Name of the backend in TensorFlow.js's registry. */
export const TRACING_BACKEND = 'onnx-tracing';

/** Constants up to this many elements are computed while tracing; larger ones are left to the runtime's own folding. */
const FOLD_LIMIT = 1 << 22;

/** Operands by name; a list (Concat) comes as an array, whose keys are its positions. */
type Operands = Record<string, Value>;

function operandsOf(inputs: object, backend: TracingBackend): Operands {
  const entries = Object.entries(inputs as Record<string, TensorInfo | undefined>);
  return Object.fromEntries(
    entries.filter(([, info]) => info != null).map(([name, info]) => [name, backend.graphValue(info!)]),
  );
}

const dtypeOf = (value: Value) => value.type as 'float32' | 'int32' | 'bool';

function asHostValue(value: Value, { foldable }: TracingBackend): HostValue | undefined {
  const { source } = value;
  if (source.kind !== 'constant' || (source.name !== undefined && !foldable.has(value))) return undefined;
  return { shape: staticShape(value), dtype: dtypeOf(value), data: source.data };
}

/** The kernel's results as constants, when all operands are constants: folding, and what makes constants readable. */
function fold(
  kernelName: string,
  operands: Operands,
  isList: boolean,
  attrs: NamedAttrMap,
  backend: TracingBackend,
): Value[] | undefined {
  const values = Object.entries(operands).map(([name, value]) => [name, asHostValue(value, backend)] as const);
  const known = values.filter((entry): entry is readonly [string, HostValue] => entry[1] !== undefined);
  const elements = known.reduce((sum, [, { data }]) => sum + data.length, 0);
  if (known.length < values.length || values.length === 0 || elements > FOLD_LIMIT || !hasReferenceKernel(kernelName))
    return undefined;
  return reference(kernelName, Object.fromEntries(known), isList, attrs, backend);
}

function reference(
  kernelName: string,
  inputs: Record<string, HostValue>,
  isList: boolean,
  attrs: NamedAttrMap,
  backend: TracingBackend,
): Value[] {
  const given = (isList ? Object.values(inputs) : inputs) as Record<string, HostValue>;
  return runReferenceKernel(kernelName, given, attrs).map(({ shape, dtype, data }) =>
    backend.builder.constant(dtype as ElementType, shape, asTypedArray(dtype as ElementType, data)),
  );
}

/**
 * Notes the kernel as missing and goes on with values of the right shape (found by running it on zeros), so that one trace finds all
 * that is missing. The graph is never used: the trace ends in an error.
 */
function placeholder(
  kernelName: string,
  operands: Operands,
  isList: boolean,
  attrs: NamedAttrMap,
  backend: TracingBackend,
): Value[] {
  backend.missing.set(kernelName, (backend.missing.get(kernelName) ?? 0) + 1);
  const zeros = Object.entries(operands).map(([name, value]) => {
    const shape = staticShape(value);
    return [name, { shape, dtype: dtypeOf(value), data: allocate(value.type, sizeOf(shape)) }] as const;
  });
  const outputs = reference(kernelName, Object.fromEntries(zeros), isList, attrs, backend);
  return backend.builder.add(kernelName, Object.values(operands), outputs, {}, 'missing');
}

function toKernel(kernelName: string, lowering: Lowering | undefined): KernelConfig {
  return {
    kernelName,
    backendName: TRACING_BACKEND,
    kernelFunc: ({ inputs, attrs = {}, backend: untyped }) => {
      const backend = untyped as TracingBackend;
      const operands = operandsOf(inputs, backend);
      const isList = Array.isArray(inputs);
      const attributes = attrs as NamedAttrMap;
      const folded = fold(kernelName, operands, isList, attributes, backend);
      const lowered = () =>
        lowering?.(toContext(backend.builder, operands, attributes)) ??
        placeholder(kernelName, operands, isList, attributes, backend);
      const infos = [folded ?? lowered()].flat().map((value) => backend.tensorInfo(value));
      return infos.length === 1 && !MULTIPLE_OUTPUTS.has(kernelName) ? infos[0]! : infos;
    },
  };
}

/** Kernels whose results are a list even when it has one element. */
const MULTIPLE_OUTPUTS = new Set(['SplitV', 'Unpack']);

/** Kernels that take no operand and depend on attributes alone: always constants. */
const CREATION = ['Fill', 'Range', 'LinSpace'];

let backend: TracingBackend | undefined;

/** The tracing backend, registered with all its kernels at the first call. */
export function tracingBackend(): TracingBackend {
  if (backend) return backend;
  backend = new TracingBackend();
  const instance = backend;
  // Priority 0: never chosen by itself.
  registerBackend(TRACING_BACKEND, () => instance, 0);
  for (const [kernelName, lowering] of Object.entries(kernels)) registerKernel(toKernel(kernelName, lowering));
  for (const kernelName of CREATION) registerKernel(toCreation(kernelName));
  for (const { kernelName } of getKernelsForBackend('cpu')) {
    if (!(kernelName in kernels) && !CREATION.includes(kernelName)) registerKernel(toKernel(kernelName, undefined));
  }
  return backend;
}

/** Elements above which a constant is a mistake: 1 GB of float32. */
const LARGEST_CONSTANT = 2 ** 28;

interface CreationAttributes {
  shape?: number[];
  start?: number;
  stop?: number;
  step?: number;
  num?: number;
}

/** A shape or count from a damaged file must not take all memory. */
function checkLength(kernelName: string, { shape, start = 0, stop = 0, step, num }: CreationAttributes): void {
  const range = step ? Math.abs((stop - start) / step) : 0;
  const length = shape ? sizeOf(shape) : (num ?? range);
  if (length <= LARGEST_CONSTANT) return;
  throw new UserError(`trace: a constant must have at most 2^28 elements, got ${length} from ${kernelName}.`);
}

function toCreation(kernelName: string): KernelConfig {
  return {
    kernelName,
    backendName: TRACING_BACKEND,
    kernelFunc: ({ attrs, backend: untyped }) => {
      const backend = untyped as TracingBackend;
      checkLength(kernelName, (attrs ?? {}) as CreationAttributes);
      return backend.tensorInfo(reference(kernelName, {}, false, attrs as NamedAttrMap, backend)[0]!);
    },
  };
}
