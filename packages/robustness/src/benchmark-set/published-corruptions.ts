import { ALEXNET } from '../mce/alexnet-errors.ts';

/** The 15 corruptions and 4 extra ones that were published, in the paper's order. */
export const PUBLISHED_CORRUPTIONS: readonly string[] = Object.keys(ALEXNET.corrupted);
