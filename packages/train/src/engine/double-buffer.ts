import type { HostTensor, HostTensors, InputSpec } from '@mfm/onnx';

/** Output name of a state tensor: a graph's inputs and outputs must differ in name. */
const NEXT = 'next/';

/** The name under which a graph gives a state tensor's new value. */
export const nextName = (key: string): string => `${NEXT}${key}`;

/** State in two sets of arrays: a session reads one and writes the other, then they change places. Nothing is copied. */
export interface DoubleBuffer {
  /** The tensors in force, by state key. */
  readonly current: Readonly<HostTensors>;
  /** What a session with these output names is told to write to, by output name: those that begin with `next/`. */
  targets(outputs: readonly string[]): HostTensors;
  /** Puts what was written into force. */
  swap(outputs: readonly string[]): void;
  clear(): void;
}

/** @param arrays values by state key, which become the buffer's own */
export function createDoubleBuffer(
  arrays: Readonly<Record<string, Float32Array>>,
  specs: Readonly<Record<string, InputSpec>>,
): DoubleBuffer {
  const tensor = (key: string, data: Float32Array): HostTensor => ({
    type: 'float32',
    dims: specs[key]!.shape,
    data,
  });
  const entries = Object.entries(arrays);
  let current: HostTensors = Object.fromEntries(entries.map(([key, data]) => [key, tensor(key, data)]));
  let next: HostTensors = Object.fromEntries(
    entries.map(([key, data]) => [key, tensor(key, new Float32Array(data.length))]),
  );
  const keys = (outputs: readonly string[]) =>
    outputs.filter((name) => name.startsWith(NEXT)).map((name) => name.slice(NEXT.length));
  return {
    get current() {
      return current;
    },
    targets: (outputs) => Object.fromEntries(keys(outputs).map((key) => [nextName(key), next[key]!])),
    swap(outputs) {
      for (const key of keys(outputs)) [current[key], next[key]] = [next[key]!, current[key]!];
    },
    clear() {
      [current, next] = [{}, {}];
    },
  };
}
