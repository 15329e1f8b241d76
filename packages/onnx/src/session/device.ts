import { didYouMean, UserError } from '@mfm/cli';

/** Where a session runs. */
export interface Device {
  readonly kind: 'cpu' | 'webgpu' | 'cuda';
  /** Number of the GPU; 0 for the CPU. */
  readonly index: number;
}

const KINDS = ['cpu', 'webgpu', 'cuda'] as const;

/**
 * Reads a device name: `cpu`, `webgpu`, `cuda` or `cuda:1`.
 *
 * @throws UserError for anything else
 */
export function parseDevice(text: string): Device {
  const [, name = '', index = '0'] = /^(\w+)(?::(\d+))?$/.exec(text) ?? [];
  const kind = KINDS.find((known) => known === name);
  if (!kind || (kind === 'cpu' && text !== 'cpu'))
    throw new UserError(`device: unknown device "${text}"${didYouMean(text, KINDS)}`);
  return { kind, index: Number(index) };
}

/** What to do where a device that was asked for is not to be had. */
export const DEVICE_HINTS: Readonly<Record<Device['kind'], string>> = {
  cpu: 'The CPU provider is always there: please report this.',
  webgpu: 'It needs a GPU with a Vulkan, Metal or Direct3D 12 driver; use --device cpu where there is none.',
  cuda:
    "It needs an NVIDIA GPU on Linux x64, CUDA 12 and cuDNN 9 on LD_LIBRARY_PATH, and ONNX Runtime's CUDA provider " +
    '(run "node node_modules/onnxruntime-node/script/install.js" in packages/onnx); use --device cpu otherwise.',
};
