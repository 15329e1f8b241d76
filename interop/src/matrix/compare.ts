import type { HostTensor, HostTensors } from '@mfm/onnx';

/** Largest difference from onnxruntime-node that an output may have, after division by its scale. */
export const TOLERANCE = 1e-4;

/** The output of a run that is furthest from onnxruntime-node's. */
export interface Difference {
  readonly output: string;
  /** max |Δ| over the scale of the output, see {@link scaleName}. */
  readonly scaled: number;
}

type ScaleName = 'absolute' | 'aboveOne' | 'relative';

/**
 * What differences are divided by, by the output's name. A gradient or a moment is as small as the loss makes it: there the whole vector's
 * largest value is one. A loss, a norm or an amplitude may be large, and has as many digits. Everything else is taken as it is.
 */
const SCALES: readonly { outputs: RegExp; scale: ScaleName }[] = [
  { outputs: /^gradient$|^next\./, scale: 'relative' },
  { outputs: /^loss$|^grad_norm$|^spectrum_/, scale: 'aboveOne' },
];

/** `absolute`: 1. `aboveOne`: the tensor's largest magnitude, at least 1. `relative`: the largest magnitude within its group. */
export const scaleName = (output: string): ScaleName =>
  SCALES.find(({ outputs }) => outputs.test(output))?.scale ?? 'absolute';

/** Outputs that are parts of one vector: all parameters, all first moments, all second moments. */
const groupOf = (output: string): string => /^next\.(model|optimizer\.[^.]+)\./.exec(output)?.[1] ?? output;

const largest = ({ data }: HostTensor): number => {
  let found = 0;
  for (let i = 0; i < data.length; i++) found = Math.max(found, Math.abs(Number(data[i])));
  return found;
};

function scalesOf(expected: HostTensors): Map<string, number> {
  const groups = new Map<string, number>();
  for (const [name, tensor] of Object.entries(expected)) {
    const group = groupOf(name);
    groups.set(group, Math.max(groups.get(group) ?? 0, largest(tensor)));
  }
  const scales = {
    absolute: () => 1,
    aboveOne: (max: number) => Math.max(1, max),
    relative: (max: number) => max || 1,
  };
  return new Map(
    Object.keys(expected).map((name) => [name, scales[scaleName(name)](groups.get(groupOf(name))!)] as const),
  );
}

/** max |a − b|; infinite where one is not a number, or they are not of one size. */
function distance(a: HostTensor, b: HostTensor): number {
  let found = 0;
  for (let i = 0; i < a.data.length; i++) {
    const difference = Math.abs(Number(a.data[i]) - Number(b.data[i]));
    if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
    found = Math.max(found, difference);
  }
  return found;
}

const describe = (tensor: HostTensor | undefined) => (tensor ? `${tensor.type} [${tensor.dims}]` : 'nothing');

/**
 * Compares the outputs of one run.
 *
 * @param expected those of onnxruntime-node
 * @returns the worst output
 * @throws Error naming the first output that is missing, or has another shape or type
 */
export function compareOutputs(expected: HostTensors, actual: HostTensors): Difference {
  const scales = scalesOf(expected);
  let worst: Difference = { output: '', scaled: -1 };
  for (const [output, tensor] of Object.entries(expected)) {
    const found = Object.hasOwn(actual, output) ? actual[output] : undefined;
    if (found?.type !== tensor.type || String(found.dims) !== String(tensor.dims)) {
      throw new Error(`output "${output}" must be ${describe(tensor)}, got ${describe(found)}`);
    }
    const scaled = distance(tensor, found) / scales.get(output)!;
    if (scaled > worst.scaled) worst = { output, scaled };
  }
  return worst;
}
