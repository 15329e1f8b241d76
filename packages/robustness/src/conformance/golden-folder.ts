import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@mfm/cli';
import { decodeImage, type Image } from '@mfm/data';

/** The parts of `manifest.json` that are read. */
interface Manifest {
  corruptions: { deterministic: string[]; stochastic: string[] };
  severity_tables: Record<string, Record<string, unknown>>;
}

/** Per image, what the reference's output is like: `stats[size][corruption][severity][image]`. */
export type GoldenStats = Record<string, Record<string, Record<string, Record<string, Record<string, unknown>>>>>;

/** A folder of golden corruption data. */
export interface GoldenFolder {
  manifest: Manifest;
  stats: GoldenStats;
  /** An input image, e.g. ('img0', '224'). */
  input(image: string, size: string): Promise<Image>;
  /** The reference's output for image 0. */
  output(corruption: string, size: string, severity: number): Promise<Image>;
}

/** @throws UserError when the folder has no manifest or an unreadable one */
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
  const readImage = async (name: string) => decodeImage(await readFile(join(dir, name)), name);
  const manifest = await readJson<Manifest>('manifest.json');
  const { stats } = await readJson<{ stats: GoldenStats }>('deterministic_stats.json');
  return {
    manifest,
    stats,
    input: (image, size) => readImage(join('input', `${image}_${size}.png`)),
    output: (corruption, size, severity) => readImage(join('det', size, `${corruption}_${severity}.png`)),
  };
}
