import { didYouMean, UserError } from '@mfm/cli';
import { cudaAdvice } from './cuda-parts.ts';
import { webgpuAdvice } from './webgpu-parts.ts';

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
export const DEVICE_ADVICE: Readonly<Record<Device['kind'], () => string>> = {
  cpu: () => 'The CPU provider is always there: please report this.',
  webgpu: () => webgpuAdvice(),
  cuda: () => cudaAdvice(),
};
