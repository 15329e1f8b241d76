import { UserError } from '@mfm/cli';
import { z } from 'zod';

/** Bytes of one stored element; a quantised weight is stored as its quantisation's type. */
const BYTES = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const;

/** How a weight was compressed; TensorFlow.js gives value = stored · scale + min, or widens float16. */
const quantizationSchema = z.union([
  z.object({ dtype: z.enum(['uint8', 'uint16']), scale: z.number(), min: z.number() }),
  z.object({ dtype: z.literal('float16') }),
]);

const weightSchema = z.object({
  name: z.string().min(1),
  shape: z.array(z.number().int().nonnegative()),
  dtype: z.enum(['float32', 'int32', 'bool'], {
    error: 'must be float32, int32 or bool (strings and complex numbers do not convert)',
  }),
  quantization: quantizationSchema.optional(),
});

/** One group of a manifest: its shards, read one after the other, hold its weights one after the other. */
export const weightGroupSchema = z.object({ paths: z.array(z.string().min(1)), weights: z.array(weightSchema) });

export type WeightSpec = z.infer<typeof weightSchema>;
export type WeightGroup = z.infer<typeof weightGroupSchema>;

/** Elements of a weight. */
export const elementCount = ({ shape }: WeightSpec): number => shape.reduce((product, length) => product * length, 1);

/** Bytes that a weight takes in its shards. */
export function storedBytes(spec: WeightSpec): number {
  return elementCount(spec) * BYTES[spec.quantization?.dtype ?? spec.dtype];
}

/** @throws UserError for a name that stands twice: TensorFlow.js would keep the last one silently */
export function checkUniqueNames(specs: readonly WeightSpec[], path: string): void {
  const seen = new Set<string>();
  for (const { name } of specs) {
    if (seen.has(name))
      throw new UserError(`${path}: weightsManifest must name every weight once, got "${name}" twice.`);
    seen.add(name);
  }
}
