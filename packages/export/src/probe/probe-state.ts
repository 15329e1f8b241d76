import type { HostParameter } from '@mfm/models';

/** Size of a gradient that the second moments remember. */
const REMEMBERED = 1e-2;

/** Standard deviations by which most channels of a batch normalisation are kept away from zero. */
const DISTANCE = 6;
/** Of so many channels one is nearer, so that its ReLU cuts some pixels off: else biases would be without effect on what is normalised again. */
const NEARER = 64;
const NEARER_DISTANCE = 3;

type Parameters = Readonly<Record<string, HostParameter>>;

/** A batch normalisation's weight as after training: those that begin at zero, behind which nothing would be seen, are ones. */
const normWeight = (layer: string, parameters: Parameters): Float32Array =>
  parameters[`${layer}.weight`]!.data.map((weight) => (weight === 0 ? 1 : weight));

/** Of so many channels one is above zero: behind it a maximum over pixels that are nearly the same jumps as well. */
const ABOVE = 4;

/** The bias of a batch normalisation that is far from zero. */
const polarised = (layer: string, parameters: Parameters): Float32Array =>
  normWeight(layer, parameters).map((weight, i) => {
    const distance = i % NEARER === 0 ? NEARER_DISTANCE : DISTANCE;
    return (i % ABOVE === 0 ? distance : -distance) * Math.abs(weight);
  });

/** A parameter as it is, but for batch normalisations. */
function probeParameter(name: string, parameters: Parameters): Float32Array {
  const [, layer = '', part] = /^(.+)\.(weight|bias)$/.exec(name) ?? [];
  if (!parameters[`${layer}.running_mean`]) return parameters[name]!.data;
  return part === 'weight' ? normWeight(layer, parameters) : polarised(layer, parameters);
}

/**
 * A tensor of a training state at which two programs can be compared: first moments zero, second moments those of gradients around
 * 1e-2. With second moments of zero AdamW would divide a gradient by its own size, and turn the rounding of one that is nothing into a
 * full step; with these an update is in proportion to the gradient.
 *
 * Parameters are as they are, but that batch normalisation lets every branch through and puts channels well above zero or well below:
 * among the 80 million inputs that the ReLUs of a ResNet-50 have for eight images, some are always zero to rounding, and the gradient
 * has jumps there.
 *
 * @param name of the input, `model.<parameter>` or `optimizer.exp_avg_sq.<parameter>`
 */
export function probeState(name: string, parameters: Parameters, out: Float32Array, random: () => number): void {
  if (name.startsWith('model.')) out.set(probeParameter(name.slice('model.'.length), parameters));
  else if (name.startsWith('optimizer.exp_avg_sq.')) {
    for (let i = 0; i < out.length; i++) out[i] = REMEMBERED ** 2 * (0.5 + random());
  }
}
