import { UserError } from '@mfm/cli';
import { type DataType, engine, getBackend, setBackend, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { GraphBuilder } from '../graph/builder.ts';
import { cast } from '../graph/operators/elementwise.ts';
import type { ConstantArray, ElementType, Graph, Value } from '../graph/value.ts';
import { TRACING_BACKEND, tracingBackend } from './register.ts';
import type { TracingBackend } from './tracing-backend.ts';

/** One input of a traced function. */
export interface InputSpec {
  readonly shape: readonly number[];
  /**
   * Element type in the file. The function sees float32, int32 and bool as they are, and `uint8` or `int64` as int32.
   * Default float32.
   */
  readonly dtype?: 'float32' | 'int32' | 'bool' | 'uint8' | 'int64';
  /** Values, if the input is a parameter to be stored in the file (an initializer of this name) instead of fed. */
  readonly data?: Float32Array | Int32Array;
}

export type InputSpecs = Readonly<Record<string, InputSpec>>;

export interface TraceOptions {
  /**
   * Tensors that the function captures from outside, by the names that their initializers get: a model's weights. They are folded only
   * where eight numbers or fewer meet other constants: shape computations.
   */
  readonly captured?: Readonly<Record<string, Tensor>>;
}

/** A function over named tensors; must be pure, and must not read tensors' values. */
export type TensorFunction = (inputs: Record<string, Tensor>) => Record<string, Tensor>;

const SEEN_AS: Readonly<Partial<Record<ElementType, ElementType>>> = { uint8: 'int32', int64: 'int32' };

function graphInput(g: GraphBuilder, name: string, { shape, dtype = 'float32', data }: InputSpec): Value {
  if (data) return g.constant(dtype, shape, data as ConstantArray, name);
  return g.input(name, dtype, shape);
}

function tensorFor(backend: TracingBackend, value: Value): Tensor {
  const seen = cast(backend.builder, value, SEEN_AS[value.type] ?? value.type);
  const { dataId, shape, dtype } = backend.tensorInfo(seen);
  return engine().makeTensorFromDataId(dataId, shape, dtype as DataType, backend);
}

function reportMissing(missing: ReadonlyMap<string, number>): void {
  if (missing.size === 0) return;
  const list = [...missing].sort(([a], [b]) => a.localeCompare(b)).map(([name, count]) => `${name} (${count}×)`);
  throw new UserError(
    `trace: every kernel must have an ONNX lowering, got ${missing.size} without: ${list.join(', ')}. ` +
      'Add a row to the table of its family in packages/onnx/src/trace/kernels.',
  );
}

/**
 * Records a TensorFlow.js function as a graph by running it once on symbolic tensors; gradients taken inside it
 * (`tf.grads`, `tf.variableGrads`) are recorded with it. Tensors it captures from outside become constants, and are folded unless
 * they are named in `captured`.
 *
 * @param fn pure function of the named tensors; shapes are fixed while it runs
 * @param inputs shape and type of each input; one with `data` becomes an initializer of that name
 * @throws UserError when a kernel has no lowering (all of them by name and count), or a traced value is read
 */
export function trace(fn: TensorFunction, inputs: InputSpecs, { captured = {} }: TraceOptions = {}): Graph {
  const backend = tracingBackend();
  const previous = getBackend();
  if (previous === TRACING_BACKEND) throw new Error('trace: must not be called inside a traced function.');
  backend.builder = new GraphBuilder();
  backend.missing.clear();
  backend.constantNames = new Map(Object.entries(captured).map(([name, { dataId }]) => [dataId, name]));
  void setBackend(TRACING_BACKEND);
  try {
    const values = Object.entries(inputs).map(
      ([name, spec]) => [name, graphInput(backend.builder, name, spec)] as const,
    );
    const outputs: Graph['outputs'][number][] = [];
    tidy(() => {
      const results = fn(Object.fromEntries(values.map(([name, value]) => [name, tensorFor(backend, value)])));
      for (const [name, tensor] of Object.entries(results)) outputs.push({ name, value: backend.graphValue(tensor) });
    });
    reportMissing(backend.missing);
    return { inputs: values.map(([, value]) => value).filter(({ source }) => source.kind === 'input'), outputs };
  } finally {
    // Without a backend chosen before, the CPU's: a program must not go on recording by oversight.
    void setBackend(previous || 'cpu');
  }
}
