import type { HostParameter } from '@mfm/models';

/** Parameters as after training, when no two are alike: an untrained model's equal biases are one initializer in a file. */
export function distinctParameters(parameters: Readonly<Record<string, HostParameter>>): Record<string, HostParameter> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }], index) => {
      const moved = Float32Array.from(data);
      moved[0]! += (index + 1) / 4096;
      return [name, { shape, data: moved }];
    }),
  );
}
