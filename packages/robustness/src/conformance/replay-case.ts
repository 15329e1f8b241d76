import type { Image } from '@mfm/data';
import { SEVERITIES, type StochasticCorruption, type TableSize } from '../corruption/corruption.ts';
import { type CorruptionCheck, equalCheck, pixelCheck } from './check.ts';
import type { GoldenFolder, Trace } from './golden-folder.ts';
import { tableCheck } from './output-case.ts';

type AnyStochastic = StochasticCorruption<unknown, unknown>;

/** One stored output and the draws it was made with. */
interface Replay {
  readonly name: string;
  readonly draws: unknown;
  /** File of the output. */
  readonly out: string;
}

type ReadReplays = (golden: GoldenFolder, trace: Trace) => Promise<Replay[]>;

const text = (trace: Trace, key: string): string => {
  const value = trace[key];
  if (typeof value === 'string') return value;
  throw new Error(`traces.json: "${key}" must be a file's name, got ${JSON.stringify(value)}.`);
};

/** The draws are one array. */
const fromArray =
  (key: string): ReadReplays =>
  async (golden, trace) => [{ name: 'pixels', draws: await golden.array(text(trace, key)), out: trace.out }];

/** How the draws of each corruption are stored. Of frost only the blend with a made-up texture can be replayed without its photographs. */
const READERS: Readonly<Record<string, ReadReplays>> = {
  gaussian_noise: fromArray('normals'),
  speckle_noise: fromArray('normals'),
  spatter: fromArray('normals'),
  fog: fromArray('uniforms'),
  glass_blur: async (golden, trace) => [
    { name: 'pixels', draws: Int8Array.from(await golden.array(text(trace, 'dxdy'))), out: trace.out },
  ],
  motion_blur: async (_, trace) => [{ name: 'pixels', draws: { angle: trace.angle_deg }, out: trace.out }],
  snow: async (golden, trace) => [
    {
      name: 'pixels',
      draws: { normals: await golden.array(text(trace, 'normals')), angle: trace.angle_deg },
      out: trace.out,
    },
  ],
  elastic_transform: async (golden, trace) => [
    {
      name: 'pixels',
      draws: {
        points: await golden.array(text(trace, 'pts')),
        dx: await golden.array(text(trace, 'u_dx')),
        dy: await golden.array(text(trace, 'u_dy')),
      },
      out: trace.out,
    },
  ],
  frost: async (golden, trace) => {
    const synthetic = trace.synthetic as { row0: number; col0: number; out: string } | undefined;
    if (!synthetic) return [];
    const texture = await golden.image('trace/224/frost_synthetic_texture.png');
    return [{ name: 'pixels', draws: { texture, row: synthetic.row0, column: synthetic.col0 }, out: synthetic.out }];
  },
};

/** Checks a stochastic corruption at one size: its parameters, and image 0 replayed from the stored draws, pixel for pixel. */
export async function checkReplays(
  golden: GoldenFolder,
  corruption: AnyStochastic,
  size: string,
): Promise<CorruptionCheck[]> {
  const checks: CorruptionCheck[] = [];
  let input: Image | undefined;
  for (const severity of SEVERITIES) {
    const trace = golden.traces[size]?.[corruption.name]?.[severity];
    if (!trace) continue;
    const reader = READERS[corruption.name];
    if (!reader) {
      checks.push(equalCheck(`severity ${severity}: draws that can be replayed`, false, true));
      continue;
    }
    input ??= await golden.input('img0', size);
    const parameters = corruption.severities[Number(size) as TableSize][severity - 1];
    for (const { name, draws, out } of await reader(golden, trace)) {
      const expected = (await golden.image(out)).pixels;
      checks.push(pixelCheck(`${name}, severity ${severity}`, corruption.replay(input, parameters, draws), expected));
    }
  }
  return [...checks, tableCheck(golden, corruption, size)];
}
