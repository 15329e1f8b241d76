export { type CorruptOptions, corruptImage, nearestTableSize } from './corruption/corrupt-image.ts';
export {
  type Corruption,
  type CorruptionCategory,
  SEVERITIES,
  type Severity,
  type SeverityRow,
  TABLE_SIZES,
  type TableSize,
} from './corruption/corruption.ts';
export { CORRUPTIONS, findCorruption } from './corruption/corruption-table.ts';
