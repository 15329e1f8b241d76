import type { HostTensors } from '@mfm/onnx';
import type { Probed } from './probe-inputs.ts';
import { uniformStream } from './uniform-stream.ts';

/** How far a pixel may be moved: far more than rounding, far less than what a smooth function notices. */
const NUDGE = 1e-5;

/**
 * The same inputs with every float pixel moved by up to 1e-5, at random.
 *
 * @param direction 1 and −1 move to opposite sides
 */
export function nudge({ model, head }: Probed, feeds: HostTensors, direction: 1 | -1): HostTensors {
  const inputs = head.inputs(model);
  const random = uniformStream(1);
  const moved = Object.entries(feeds).map(([name, tensor]) => {
    const content = inputs[name]!.content;
    if (content !== 'image' && content !== 'normalized') return [name, tensor] as const;
    const data = (tensor.data as Float32Array).map((value) => value + direction * NUDGE * (2 * random() - 1));
    return [name, { ...tensor, data }] as const;
  });
  return Object.fromEntries(moved);
}
