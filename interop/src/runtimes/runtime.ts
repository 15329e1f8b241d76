import type { Program } from '../process/line-process.ts';

/** Where and how runtimes are made ready. */
export interface Workshop {
  /** Folder for what is downloaded and built, kept between runs. */
  readonly cache: string;
  /** The folder `interop/`. */
  readonly home: string;
  /** Tells the user what is going on. */
  log(text: string): void;
}

/** A program that runs ONNX models. */
export interface Runtime {
  /** Its column, and what `--without` takes. */
  readonly name: string;
  readonly description: string;
  /** False: it looks at the file and gives no outputs. */
  readonly runs: boolean;
  /**
   * Downloads and builds what is missing.
   *
   * @returns the program that answers requests
   * @throws Error with the reason when it is not to be had
   */
  prepare(workshop: Workshop): Promise<Program>;
}
