import { UserError } from '@mfm/cli';
import type { Initialiser, ParameterSpec } from './parameter-spec.ts';
import { normalStream, type RandomStream, randomStream } from './random-stream.ts';

/** A parameter's values on the host, row-major. */
export interface HostParameter {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

type Fill<K extends Initialiser['kind']> = (
  data: Float32Array,
  init: Extract<Initialiser, { kind: K }>,
  random: RandomStream,
) => void;

const INITIALISERS: { readonly [K in Initialiser['kind']]: Fill<K> } = {
  constant: (data, { value }) => data.fill(value),
  normal(data, { std }, random) {
    const normal = normalStream(random);
    for (let i = 0; i < data.length; i++) data[i] = normal() * std;
  },
  truncatedNormal(data, { std, limit, scale }, random) {
    const normal = normalStream(random);
    for (let i = 0; i < data.length; i++) {
      let value = normal() * std;
      while (Math.abs(value) > limit) value = normal() * std;
      data[i] = value * scale;
    }
  },
  uniform(data, { bound }, random) {
    for (let i = 0; i < data.length; i++) data[i] = (2 * random() - 1) * bound;
  },
  fixed: (data, { build }) => data.set(build()),
};

/**
 * Initial values of a model's parameters. Each depends on (seed, its name, its shape) alone.
 *
 * @param seed non-negative integer
 * @throws UserError when the seed is not a non-negative integer
 */
export function initParameters(specs: readonly ParameterSpec[], seed: number): Record<string, HostParameter> {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new UserError(`initParameters: seed must be a non-negative integer, got ${seed}.`);
  }
  const entries = specs.map(({ name, shape, init }): [string, HostParameter] => {
    const data = new Float32Array(shape.reduce((product, length) => product * length, 1));
    const fill = INITIALISERS[init.kind] as Fill<Initialiser['kind']>;
    fill(data, init, randomStream(seed, name));
    return [name, { shape: [...shape], data }];
  });
  return Object.fromEntries(entries);
}
