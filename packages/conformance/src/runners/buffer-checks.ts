import type { BufferSpec } from '@mfm/models';
import { absoluteCheck, type Check } from '../check/check.ts';
import type { FloatInput } from '../evaluate/evaluate.ts';

/** The index tables and masks that follow from a configuration equal those of the official state dict, to the bit. */
export const bufferChecks = (buffers: readonly BufferSpec[], init: Record<string, FloatInput>): Check[] =>
  buffers.flatMap((buffer) => {
    if (buffer.kind !== 'table') return [];
    const expected = init[buffer.name];
    const isShaped = expected !== undefined && `${expected.shape}` === `${buffer.shape}`;
    return [absoluteCheck(`init/${buffer.name}`, buffer.values(), isShaped ? expected.data : [], 0)];
  });
