import type { HostParameter } from '@mfm/models';

/** Size of a gradient that the second moments remember. */
const REMEMBERED = 1e-2;

/**
 * A tensor of a training state in the midst of training: parameters as they are, first moments zero, second moments those of gradients
 * around 1e-2. With second moments of zero AdamW would divide a gradient by its own size, and turn the rounding of one that is nothing
 * into a full step; with these an update is in proportion to the gradient, and can be compared.
 *
 * @param name of the input, `model.<parameter>` or `optimizer.exp_avg_sq.<parameter>`
 */
export function probeState(
  name: string,
  parameters: Readonly<Record<string, HostParameter>>,
  out: Float32Array,
  random: () => number,
): void {
  if (name.startsWith('model.')) out.set(parameters[name.slice('model.'.length)]!.data);
  else if (name.startsWith('optimizer.exp_avg_sq.')) {
    for (let i = 0; i < out.length; i++) out[i] = REMEMBERED ** 2 * (0.5 + random());
  }
}
