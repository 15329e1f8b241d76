import { readFileSync } from 'node:fs';

/** Nodes of one operator on one execution provider. */
export interface Placement {
  /** `cpu`, `webgpu`, `cuda` … */
  readonly provider: string;
  readonly op: string;
  /** Times it ran, in a run of the graph once for every node. */
  readonly runs: number;
}

interface ProfileEvent {
  readonly cat?: string;
  readonly name?: string;
  readonly args?: { readonly provider?: string; readonly op_name?: string };
}

const shortName = (provider: string) => provider.replace(/ExecutionProvider$/, '').toLowerCase();

/**
 * Where the nodes of a graph ran, from the profile that ONNX Runtime wrote (`SessionOptions.profile`). The provider of a node is decided when the session
 * is made, after its own fusions: these are the operators that it runs, not those of the file.
 *
 * @returns most runs first
 */
export function readPlacement(profile: string): Placement[] {
  const events = JSON.parse(readFileSync(profile, 'utf8')) as ProfileEvent[];
  const counts = new Map<string, Placement>();
  for (const { cat, name, args } of events) {
    if (cat !== 'Node' || !args?.provider || !args.op_name || !name?.endsWith('_kernel_time')) continue;
    const [provider, op] = [shortName(args.provider), args.op_name];
    const key = `${provider} ${op}`;
    counts.set(key, { provider, op, runs: (counts.get(key)?.runs ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.runs - a.runs);
}
