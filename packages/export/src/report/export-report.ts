import type { ModelSummary } from '@mfm/onnx';
import type { ParityReport } from '../parity/check-parity.ts';
import type { PrecisionReport } from '../precision/reduce-precision.ts';
import type { ImageComparison } from './compare-images.ts';
import type { Latency } from './latency.ts';

/** Everything that the report of an export tells; the JSON report is this. */
export interface ExportReport {
  readonly file: string;
  readonly sha256: string;
  readonly head: string;
  /** What is in the file, and what the checker says. */
  readonly model: ModelSummary;
  /** How images are prepared, out of the file's metadata. */
  readonly preprocessing: Readonly<Record<string, string>>;
  /** The check that every export passes, on made-up pictures against plain JavaScript. */
  readonly parity: ParityReport;
  readonly comparison: ImageComparison;
  readonly latency: Latency;
  /** Of a file in reduced precision: how far it is from the float32 one. */
  readonly precision?: PrecisionReport | undefined;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly date: string };
}

/** Keys of the metadata that say how images are prepared. */
export const PREPROCESSING = ['image_size', 'resize', 'crop', 'interpolation', 'mean', 'std'] as const;
