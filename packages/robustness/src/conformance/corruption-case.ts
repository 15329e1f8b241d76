import { type Corruption, type StochasticCorruption, TABLE_SIZES } from '../corruption/corruption.ts';
import { CORRUPTIONS } from '../corruption/corruption-table.ts';
import type { CorruptionCheck } from './check.ts';
import type { GoldenFolder } from './golden-folder.ts';
import { checkKernels } from './kernel-case.ts';
import { checkMce } from './mce-case.ts';
import { checkOutputs } from './output-case.ts';
import { checkPlasma } from './plasma-case.ts';
import { checkReplays } from './replay-case.ts';
import { checkSeeds } from './seed-case.ts';
import { checkTexture } from './texture-case.ts';

/** Part of a golden folder that is checked as one: plain data, for threads. */
export interface CorruptionCase {
  readonly kind: keyof typeof KINDS;
  /** A corruption, or the index of a frost photograph. */
  readonly subject?: string;
  /** Side of the images in pixels. */
  readonly size?: string;
}

const find = (name: string): Corruption => CORRUPTIONS.find((corruption) => corruption.name === name)!;

type CheckCase = (
  golden: GoldenFolder,
  subject: string,
  size: string,
) => readonly CorruptionCheck[] | Promise<readonly CorruptionCheck[]>;

/** What is checked of each kind. */
const KINDS = {
  /** Deterministic: outputs pixel for pixel. */
  pixels: (golden, subject, size) => checkOutputs(golden, find(subject), size),
  /** Stochastic: outputs of stored draws, pixel for pixel. */
  replay: (golden, subject, size) =>
    checkReplays(golden, find(subject) as StochasticCorruption<unknown, unknown>, size),
  /** Stochastic: statistics over seeds. */
  seeds: (golden, subject, size) => checkSeeds(golden, find(subject), size),
  plasma: (golden, _, size) => checkPlasma(golden, size),
  frost_texture: (golden, subject) => checkTexture(golden, Number(subject)),
  kernels: checkKernels,
  mce: checkMce,
} satisfies Record<string, CheckCase>;

/** `<kind>/<subject>/<size>`. */
export const caseName = ({ kind, subject, size }: CorruptionCase): string =>
  [kind, kind === 'frost_texture' ? Number(subject) + 1 : subject, size].filter((part) => part !== undefined).join('/');

/** Why a case cannot be run, if so: the folder names what this project does not have. */
export function whyNot({ kind, subject, size }: CorruptionCase): string | undefined {
  if (kind !== 'pixels' && kind !== 'replay') return undefined;
  if (!find(subject!)) return `corruption ${subject} is not known`;
  return TABLE_SIZES.some((known) => String(known) === size) ? undefined : `there is no table for ${size} px`;
}

/** Everything that a folder has to compare with; the seeds, which take longest, by size last. */
export function listCorruptionCases({ manifest, seeds, plasma, frost, mce }: GoldenFolder): CorruptionCase[] {
  const sizes = Object.keys(manifest.severity_tables);
  const { deterministic, stochastic } = manifest.corruptions;
  const { disk_kernels, motion_kernels, zoom_factors, jpeg_quant_tables } = manifest;
  const hasKernels = [disk_kernels, motion_kernels, zoom_factors, jpeg_quant_tables].some(
    (table) => Object.keys(table ?? {}).length > 0,
  );
  const bySize = (kind: CorruptionCase['kind'], names: readonly string[]): CorruptionCase[] =>
    names.flatMap((subject) => sizes.map((size): CorruptionCase => ({ kind, subject, size })));
  const hasSeeds = ({ subject, size }: CorruptionCase) =>
    seeds[size!]?.[subject!] !== undefined && whyNot({ kind: 'replay', subject: subject!, size: size! }) === undefined;
  return [
    ...(hasKernels ? [{ kind: 'kernels' } as const] : []),
    ...(mce ? [{ kind: 'mce' } as const] : []),
    ...bySize('pixels', deterministic),
    ...bySize('replay', stochastic),
    ...Object.keys(plasma).map((size): CorruptionCase => ({ kind: 'plasma', size })),
    ...frost.map(({ index }): CorruptionCase => ({ kind: 'frost_texture', subject: String(index) })),
    ...bySize('seeds', stochastic).filter(hasSeeds),
  ];
}

/** Runs one case on this thread. */
export async function checkCorruptionCase(
  golden: GoldenFolder,
  { kind, subject = '', size = '' }: CorruptionCase,
): Promise<readonly CorruptionCheck[]> {
  const check: CheckCase = KINDS[kind];
  return check(golden, subject, size);
}
