import './ops/gradients.ts';

export { checkModel } from './check/check-model.ts';
export type { Problem } from './check/findings.ts';
export { fromFloat16, toFloat16 } from './graph/float16.ts';
export { countFlops } from './graph/flops.ts';
export { type ConvCandidate, convCandidates } from './graph/operators/convolution/candidates.ts';
export type { ConvGeometry } from './graph/operators/convolution/geometry.ts';
export { foldBatchNorm } from './graph/passes/fold-batch-norm.ts';
export { foldConstants } from './graph/passes/fold-constants.ts';
export { fuseGemm } from './graph/passes/fuse-gemm.ts';
export { legalize } from './graph/passes/legalize.ts';
export { type HalfGraph, type HalfOptions, toHalf } from './graph/passes/precision/to-half.ts';
export { planQuantization, type QuantizePlan, type QuantizePlanOptions } from './graph/passes/quantize/plan.ts';
export { type QuantizedGraph, quantizeGraph } from './graph/passes/quantize/quantize.ts';
export { sinkTransposes } from './graph/passes/sink-transposes.ts';
export { type SplitOptions, type Stage, splitStages } from './graph/passes/split-stages.ts';
export { printGraph } from './graph/print.ts';
export { topologicalNodes } from './graph/topology.ts';
export type { Graph, Node, Value } from './graph/value.ts';
export { inspectModel, type ModelSummary, type NodeSummary, type TensorTotals } from './inspect/inspect-model.ts';
export { adaptiveAveragePool2d } from './ops/adaptive-average-pool.ts';
export { allReduceSum } from './ops/all-reduce.ts';
export { type BatchNormTraining, batchNormInference, batchNormTrain } from './ops/batch-norm.ts';
export { type Conv2dOptions, conv2d } from './ops/conv2d.ts';
export { gelu } from './ops/gelu.ts';
export { globalAveragePool } from './ops/global-average-pool.ts';
export { layerNorm } from './ops/layer-norm.ts';
export { type MaxPool2dOptions, maxPool2d } from './ops/max-pool.ts';
export { resizeBilinear2d } from './ops/resize-bilinear.ts';
export { sumOfSquares } from './ops/sum-of-squares.ts';
export { type OnnxModel, readMetadata, readModel } from './proto/decode.ts';
export { type EncodedModel, type EncodeOptions, encodeModel, encodeModelChunks } from './proto/encode.ts';
export { joinChunks } from './proto/wire.ts';
export { externalDataPath, type WriteOptions, type WrittenFile, writeModel } from './proto/write-model.ts';
export {
  CALIBRATION_METHODS,
  type CalibrationMethod,
  chooseRange,
  type Range,
} from './quantization/activation-range.ts';
export { calibrationBatch, observeActivations } from './quantization/calibrate.ts';
export type { Histogram } from './quantization/histogram.ts';
export { type CudaPart, cudaParts } from './session/cuda-parts.ts';
export { type Device, parseDevice } from './session/device.ts';
export type { HostArray, HostTensor, HostTensors, HostType } from './session/host-tensor.ts';
export { type FindLibrary, libraryFinder } from './session/native-library.ts';
export { type Placement, readPlacement } from './session/placement.ts';
export { type OnnxSession, openSession, type SessionOptions, type ValueInfo } from './session/session.ts';
export { openSessionOnThread } from './session/thread-session.ts';
export { type WebgpuParts, webgpuAdvice, webgpuParts } from './session/webgpu-parts.ts';
export { traceDynamicBatch } from './trace/dynamic-batch.ts';
export { type InputSpec, type InputSpecs, type TensorFunction, type TraceOptions, trace } from './trace/trace.ts';
export { traceToOnnx } from './trace/trace-to-onnx.ts';
