export type { Planes } from './inference/planes.ts';
export { type PredictOptions, predictMask } from './inference/predict.ts';
export type { WindowModel } from './inference/window-model.ts';
export { type Confusion, countPixels, createConfusion, type PixelCount } from './metrics/confusion.ts';
export { type ClassScores, type SegmentationScores, segmentationScores } from './metrics/scores.ts';
export { overlayMask } from './picture/overlay.ts';
