import type { HostParameter } from '@mfm/models';

/** Size of a gradient that the second moments remember. */
const REMEMBERED = 1e-2;

/** Standard deviations by which most channels of a batch normalisation are kept away from zero. */
const DISTANCE = 6;
/** Of so many channels one is left as it is: without any, biases would be without effect on what is normalised again. */
const LEFT_ALONE = 64;

type Parameters = Readonly<Record<string, HostParameter>>;

/** The bias of a batch normalisation whose even channels are positive everywhere, and whose odd ones negative, but for a few. */
function polarised(layer: string, parameters: Parameters, out: Float32Array): void {
  const [weight, bias] = [parameters[`${layer}.weight`]!.data, parameters[`${layer}.bias`]!.data];
  for (let i = 0; i < out.length; i++) {
    const distance = DISTANCE * Math.abs(weight[i]!);
    if (i % LEFT_ALONE === 0) out[i] = bias[i]!;
    else out[i] = i % 2 === 0 ? distance : -distance;
  }
}

/** A parameter as it is, but for batch normalisations' biases. */
function probeParameter(name: string, parameters: Parameters, out: Float32Array): void {
  const layer = name.replace(/\.bias$/, '');
  if (layer !== name && parameters[`${layer}.running_mean`]) polarised(layer, parameters, out);
  else out.set(parameters[name]!.data);
}

/**
 * A tensor of a training state at which two programs can be compared: first moments zero, second moments those of gradients around 1e-2. With
 * second moments of zero AdamW would divide a gradient by its own size, and turn the rounding of one that is nothing into a full step; with
 * these an update is in proportion to the gradient.
 *
 * Parameters are as they are, but that batch normalisation puts most channels well above zero or well below: among the 80 million inputs that the
 * ReLUs of a ResNet-50 have for eight images, some are always zero to rounding, and the gradient has jumps there.
 *
 * @param name of the input, `model.<parameter>` or `optimizer.exp_avg_sq.<parameter>`
 */
export function probeState(name: string, parameters: Parameters, out: Float32Array, random: () => number): void {
  if (name.startsWith('model.')) probeParameter(name.slice('model.'.length), parameters, out);
  else if (name.startsWith('optimizer.exp_avg_sq.')) {
    for (let i = 0; i < out.length; i++) out[i] = REMEMBERED ** 2 * (0.5 + random());
  }
}
