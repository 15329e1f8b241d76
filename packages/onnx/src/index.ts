export { type Conv2dOptions, conv2d } from './ops/conv2d.ts';
export { gelu } from './ops/gelu.ts';
export { layerNorm } from './ops/layer-norm.ts';
export type { HostArray, HostTensor, HostTensors, HostType } from './session/host-tensor.ts';
