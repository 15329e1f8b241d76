import './ops/gradients.ts';

export { countFlops } from './graph/flops.ts';
export { printGraph } from './graph/print.ts';
export { topologicalNodes } from './graph/topology.ts';
export type { Graph, Node, Value } from './graph/value.ts';
export { type Conv2dOptions, conv2d } from './ops/conv2d.ts';
export { gelu } from './ops/gelu.ts';
export { layerNorm } from './ops/layer-norm.ts';
export { sumOfSquares } from './ops/sum-of-squares.ts';
export { type OnnxModel, readMetadata, readModel } from './proto/decode.ts';
export { type EncodeOptions, encodeModel } from './proto/encode.ts';
export { type Device, parseDevice } from './session/device.ts';
export type { HostArray, HostTensor, HostTensors, HostType } from './session/host-tensor.ts';
export { type OnnxSession, openSession, type SessionOptions, type ValueInfo } from './session/session.ts';
export { traceDynamicBatch } from './trace/dynamic-batch.ts';
export { type InputSpec, type InputSpecs, type TensorFunction, trace } from './trace/trace.ts';
export { traceToOnnx } from './trace/trace-to-onnx.ts';
