import { frequencyMask } from '@mfm/models';
import { absoluteCheck, type Outcome } from '../check/check.ts';
import type { GoldenCase } from '../golden/golden-case.ts';

interface MaskEntry {
  name: string;
  input_size: number;
  mask_radius1: number;
  mask_radius2: number;
}

/** Kind `mask`: the low-pass masks, bit by bit. */
export async function runMask(golden: GoldenCase): Promise<Outcome> {
  const tensors = await golden.tensors();
  const checks = (golden.json.masks as MaskEntry[]).map(({ name, input_size, mask_radius1, mask_radius2 }) =>
    absoluteCheck(name, frequencyMask(input_size, mask_radius1, mask_radius2), tensors[name]?.data ?? [], 0),
  );
  return { checks };
}
