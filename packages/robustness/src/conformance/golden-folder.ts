import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@mfm/cli';
import { decodeImage, type Image, readNpyArray } from '@mfm/data';

/** The parts of `manifest.json` that are read. */
export interface Manifest {
  corruptions: { deterministic: string[]; stochastic: string[] };
  severity_tables: Record<string, Record<string, unknown>>;
  zoom_factors?: Record<string, number[][]>;
  disk_kernels?: Record<string, { kernel: number[][] }>;
  motion_kernels?: Record<string, number[]>;
  jpeg_quant_tables?: Record<string, { luma: number[]; chroma: number[] }>;
}

/** `stats[size][corruption][severity][image]`. */
type BySeverity<T> = Record<string, Record<string, Record<string, Record<string, T>>>>;

/** Mean and standard deviation over seeds of one statistic, or of the three channels of one. */
export interface SeedMoments {
  mean: number[];
  sd: number[];
}

/** What the reference's outputs are like over seeds; a radial power spectrum in logarithms. */
export type SeedStatistics = { n_seeds: number; psd: { log10_mean: number[]; log10_sd: number[] } } & {
  [statistic: string]: SeedMoments | number | { log10_mean: number[]; log10_sd: number[] };
};

/** Figures of the height maps of fog, [mean, sd] over seeds. */
export interface PlasmaStatistics {
  mean: [number, number];
  std: [number, number];
  mean_abs_dx: [number, number];
  psd_log10_mean: number[];
  psd_log10_sd: number[];
}

/** Figures of random crops of a frost photograph at one scale, [mean, sd] over crops. */
export interface CropStatistics {
  resized_hw: [number, number];
  mean_over_crops: [number, number];
  std_within_crop: [number, number];
  mean_abs_horizontal_gradient: number;
  psd: number[];
  psd_hann: number[];
  loglog_slope_hann: number;
}

/** Figures of one frost photograph. */
export interface FrostPhotograph {
  index: number;
  height: number;
  width: number;
  mean_rgb: number[];
  std_rgb: number[];
  gray_percentiles_1_5_25_50_75_95_99: number[];
  rgb_correlation: number[][];
  crop224: CropStatistics;
  crop64: CropStatistics;
  crop32: CropStatistics;
}

/** One corruption replayed from stored draws: names of files and numbers. */
export type Trace = Record<string, unknown> & { out: string };

/** Errors of the baseline and examples of what follows from them. */
export interface MceDocument {
  alexnet: { per_severity: Record<string, number[]>; clean_error_used_here: number };
  worked_examples: {
    name: string;
    clean_error: number;
    errors: Record<string, number[]>;
    expected: {
      CE?: Record<string, number>;
      relative_CE?: Record<string, number>;
      mCE_15?: number;
      relative_mCE_15?: number;
    };
  }[];
}

/** A folder of golden corruption data. Parts that it lacks are undefined. */
export interface GoldenFolder {
  readonly dir: string;
  readonly manifest: Manifest;
  /** Of the deterministic corruptions' outputs. */
  readonly outputs: BySeverity<Record<string, unknown>>;
  readonly seeds: BySeverity<SeedStatistics>;
  /** `[size][decay]`. */
  readonly plasma: Record<string, Record<string, PlasmaStatistics>>;
  /** `[size][corruption][severity]`. */
  readonly traces: Record<string, Record<string, Record<string, Trace>>>;
  readonly frost: readonly FrostPhotograph[];
  readonly mce: MceDocument | undefined;
  /** An input image, e.g. ('img0', '224'). */
  input(image: string, size: string): Promise<Image>;
  /** An image by its name in the folder. */
  image(name: string): Promise<Image>;
  /** The elements of a `.npy` file by its name in the folder. */
  array(name: string): Promise<Float64Array>;
}

/** Whether a folder holds golden corruptions: it has a manifest with severity tables. */
export async function isCorruptionFolder(dir: string): Promise<boolean> {
  const text = await readFile(join(dir, 'manifest.json'), 'utf8').catch(() => '');
  return text.includes('"severity_tables"');
}

/** @throws UserError when the folder has no manifest or an unreadable file */
export async function openGoldenFolder(dir: string): Promise<GoldenFolder> {
  async function readJson<T>(name: string): Promise<T> {
    try {
      return JSON.parse(await readFile(join(dir, name), 'utf8'));
    } catch (error) {
      const reason = (error as Error).message;
      throw new UserError(
        `corruptionConformance: the folder must have a readable ${name}, got "${dir}" (${reason}). Give another folder.`,
      );
    }
  }
  const readIfThere = async <T>(name: string, fallback: T): Promise<T> =>
    existsSync(join(dir, name)) ? readJson<T>(name) : fallback;
  const image = async (name: string) => decodeImage(await readFile(join(dir, name)), name);
  const manifest = await readJson<Manifest>('manifest.json');
  const deterministic = await readIfThere<{ stats: GoldenFolder['outputs'] }>('deterministic_stats.json', {
    stats: {},
  });
  const stochastic = await readIfThere<{
    stats: GoldenFolder['seeds'];
    plasma_map_stats?: { values: GoldenFolder['plasma'] };
  }>('stochastic_stats.json', { stats: {} });
  return {
    dir,
    manifest,
    outputs: deterministic.stats,
    seeds: stochastic.stats,
    plasma: stochastic.plasma_map_stats?.values ?? {},
    traces: (await readIfThere<{ traces: GoldenFolder['traces'] }>('traces.json', { traces: {} })).traces,
    frost: (await readIfThere<{ images: FrostPhotograph[] }>('frost_stats.json', { images: [] })).images,
    mce: await readIfThere<MceDocument | undefined>('mce.json', undefined),
    input: (name, size) => image(join('input', `${name}_${size}.png`)),
    image,
    array: async (name) => (await readNpyArray(join(dir, name))).values,
  };
}
