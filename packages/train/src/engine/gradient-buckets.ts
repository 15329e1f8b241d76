import type { HostTensors, InputSpec } from '@mfm/onnx';

/** All gradients in one array, so that ranges of it can be summed up over ranks. */
export interface GradientBuckets {
  /** `gradient/<name>` as views of the array. */
  readonly tensors: Readonly<HostTensors>;
  /** The ranges to sum up after each stage. */
  readonly ofStage: readonly (readonly Float32Array[])[];
  /** Two numbers behind the last stage's gradients, which travel with them: loss and weight. */
  readonly tail: Float32Array;
  /** The gradients that a stage makes, as one range, without the tail. */
  readonly stageRange: readonly Float32Array[];
}

const TAIL = 2;

const sizeOf = ({ shape }: InputSpec) => shape.reduce((product, length) => product * length, 1);

function cut(range: Float32Array, elements: number): Float32Array[] {
  const parts = Math.max(1, Math.ceil(range.length / elements));
  return Array.from({ length: parts }, (_, i) => range.subarray(i * elements, (i + 1) * elements));
}

/**
 * Lays gradients out stage after stage. Those of the last stage are summed up in buckets; those of an earlier one at once: while the next stage computes,
 * ONNX Runtime holds this thread, which would have to start the second bucket.
 *
 * @param stages keys of the gradients that each stage makes
 * @param bucketBytes most bytes of one sum that nothing overlaps
 */
export function layOutGradients(
  stages: readonly (readonly string[])[],
  specs: Readonly<Record<string, InputSpec>>,
  bucketBytes: number,
): GradientBuckets {
  const total = stages.flat().reduce((sum, key) => sum + sizeOf(specs[key]!), 0);
  const flat = new Float32Array(total + TAIL);
  const tensors: HostTensors = {};
  const stageRange: Float32Array[] = [];
  let end = 0;
  for (const keys of stages) {
    const start = end;
    for (const key of keys) {
      const spec = specs[key]!;
      tensors[key] = { type: 'float32', dims: spec.shape, data: flat.subarray(end, end + sizeOf(spec)) };
      end += sizeOf(spec);
    }
    stageRange.push(flat.subarray(start, end));
  }
  const elements = Math.max(1, Math.floor(bucketBytes / Float32Array.BYTES_PER_ELEMENT));
  const ofStage = stageRange.map((range, stage) => {
    const isLast = stage === stages.length - 1;
    const whole = isLast ? flat.subarray(range.byteOffset / 4, flat.length) : range;
    if (whole.length === 0) return [];
    return isLast ? cut(whole, elements) : [whole];
  });
  return { tensors, ofStage, stageRange, tail: flat.subarray(total) };
}
