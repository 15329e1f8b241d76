/** Parameters and optimiser moments, all float32, row-major, by parameter name. */
export interface TrainState {
  parameters: Record<string, Float32Array>;
  /** AdamW's first moments; trainable parameters only. */
  expAvg: Record<string, Float32Array>;
  /** AdamW's second moments. */
  expAvgSq: Record<string, Float32Array>;
  /** Optimiser steps made. */
  step: number;
}

/** What one pass over a batch is given. */
export interface EngineBatch {
  /** uint8 `[N, H, W, 3]`, RGB. */
  pixels: Uint8Array;
  /** `[N, H, W]`, 1 = frequency kept, 0 = masked, DC centred. */
  mask: Uint8Array;
}

/** What a pass reports. */
export interface StepMetrics {
  /** Loss of this batch, before the update. */
  loss: number;
  /** Norm of the (accumulated) gradient before clipping. */
  gradNorm: number;
}

/** Runs the training step. */
export interface Engine {
  /** For messages: engine, device, threads. */
  readonly name: string;
  /**
   * One batch: forward, backward, clip, and on every `accumulationSteps`-th call since creation the AdamW update.
   *
   * @param lr learning rate in force, should this call update
   */
  step(batch: EngineBatch, lr: number): Promise<StepMetrics>;
  /** A copy of the state; call it between updates, where no gradient is accumulated. */
  readState(): Promise<TrainState>;
  close(): Promise<void>;
}
