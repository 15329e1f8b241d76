/**
 * A tensor of PyTorch's state dict that is no parameter. `table`: follows from the configuration. `batchesTracked`: how many training
 * batches a batch normalisation has seen, a 0-d int64.
 */
export type BufferSpec =
  | {
      readonly kind: 'table';
      readonly name: string;
      readonly dtype: 'int64' | 'float32';
      readonly shape: readonly number[];
      /** Row-major; whole numbers where dtype is int64. */
      readonly values: () => Float32Array | Int32Array;
    }
  | { readonly kind: 'batchesTracked'; readonly name: string };
