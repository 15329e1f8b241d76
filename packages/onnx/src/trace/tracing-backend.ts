import { UserError } from '@mfm/cli';
import {
  type BackendValues,
  type DataId,
  DataStorage,
  type DataType,
  engine,
  KernelBackend,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { GraphBuilder } from '../graph/builder.ts';
import { asTypedArray } from '../graph/constant.ts';
import type { ConstantArray, ElementType, Value } from '../graph/value.ts';
import { sizeOf, staticShape } from '../graph/value.ts';

interface Entry {
  readonly value: Value;
  references: number;
}

const TENSOR_TYPES: Readonly<Partial<Record<ElementType, DataType>>> = {
  float32: 'float32',
  int32: 'int32',
  bool: 'bool',
};

/** Elements up to which a captured tensor may be part of a shape computation. */
const SMALL_CONSTANT = 8;

/**
 * A TensorFlow.js backend whose tensors are values of a graph under construction: kernels record operators instead of computing.
 * Tensors of other backends that a program uses are moved here as constants, and move back with their values unharmed.
 */
export class TracingBackend extends KernelBackend {
  /** Where kernels record; replaced for each trace. */
  builder = new GraphBuilder();
  /** Names of tensors of other backends: the initializers that they become when a program uses them. */
  constantNames: ReadonlyMap<DataId, string> = new Map();
  /** Named constants that still take part in folding: small ones may be lengths and scales, which a program reads. */
  readonly foldable = new WeakSet<Value>();
  /** Kernels a program asked for that have no lowering, with their number of uses in the present trace. */
  readonly missing = new Map<string, number>();
  readonly data = new DataStorage<Entry>(this, engine());

  /** The graph value behind a tensor. */
  graphValue(tensor: TensorInfo): Value {
    return this.data.get(tensor.dataId).value;
  }

  /** A tensor for a graph value; its type must be one that TensorFlow.js has. */
  tensorInfo(value: Value): TensorInfo {
    const dtype = TENSOR_TYPES[value.type];
    if (dtype === undefined) throw new Error(`tensorInfo: type must be float32, int32 or bool, got ${value.type}.`);
    const dataId = {};
    this.data.set(dataId, { value, references: 1 });
    return { dataId, shape: staticShape(value), dtype };
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(dataId: DataId, values: BackendValues, shape: number[], dtype: DataType, references: number): void {
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
      throw new UserError(
        `trace: tensors must be float32, int32 or bool, got ${dtype}. Compute it outside the traced function.`,
      );
    }
    const data = asTypedArray(dtype, (values ?? new Float32Array(sizeOf(shape))) as ConstantArray);
    const name = this.constantNames.get(dataId);
    const value = this.builder.constant(dtype, shape, data, name);
    if (name !== undefined && data.length <= SMALL_CONSTANT) this.foldable.add(value);
    this.data.set(dataId, { value, references });
  }

  override readSync(dataId: DataId): BackendValues {
    const { source } = this.data.get(dataId).value;
    if (source.kind === 'constant') return source.data as unknown as BackendValues;
    throw new UserError(
      'trace: the values of a traced tensor are not known while the function is recorded, but it read them ' +
        '(dataSync, arraySync, data-dependent control flow). Use tf.where, or compute the choice outside and pass it in.',
    );
  }

  override async read(dataId: DataId): Promise<BackendValues> {
    return this.readSync(dataId);
  }

  override refCount(dataId: DataId): number {
    return this.data.has(dataId) ? this.data.get(dataId).references : 0;
  }

  override incRef(dataId: DataId): void {
    this.data.get(dataId).references++;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const entry = this.data.get(dataId);
    entry.references--;
    if (!force && entry.references > 0) return false;
    this.data.delete(dataId);
    return true;
  }

  override numDataIds(): number {
    return this.data.numDataIds();
  }

  override memory() {
    return { unreliable: true, reasons: ['values are symbolic while a function is traced'] };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {}
}
