/** Parameters and optimiser moments, all float32, row-major, by parameter name. */
export interface TrainState {
  /** Running statistics included. */
  parameters: Record<string, Float32Array>;
  /** AdamW's first moments; trainable parameters only. */
  expAvg: Record<string, Float32Array>;
  /** AdamW's second moments. */
  expAvgSq: Record<string, Float32Array>;
  /** Moving average of the weights, where the step keeps one. */
  ema?: Record<string, Float32Array>;
  /** Optimiser steps made. */
  step: number;
}

/** What one pass over a batch is given: an array for every tensor of the step's `batch`, row-major, of its type. */
export type EngineBatch = Readonly<Record<string, Uint8Array | Float32Array>>;

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
   * @param lrs learning rates in force, should this call update: one for each of the step's `lrScales`
   */
  step(batch: EngineBatch, lrs: readonly number[]): Promise<StepMetrics>;
  /** A copy of the state; call it between updates, where no gradient is accumulated. */
  readState(): Promise<TrainState>;
  close(): Promise<void>;
}
