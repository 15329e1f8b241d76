import type { Dataset } from './dataset.ts';

/** How a data set is opened. */
export interface OpenOptions {
  /** Split by name; default `train` where there is one, else everything. */
  split?: string;
  /** Leave undecodable images out (counted and listed in `badSamples`) instead of failing. Default false. */
  skipBad?: boolean;
  /** Where decoded tiny images are kept between starts. Default `$XDG_CACHE_HOME/mfm` or `~/.cache/mfm`. */
  cacheFolder?: string;
  /** Synthetic images only: their side in pixels. Default 32. */
  imageSize?: number;
  /** Synthetic images only: what they are generated from. Default 0. */
  seed?: number;
}

/** One kind of data set. */
export interface DatasetKind {
  /** Shown in messages. */
  title: string;
  /** Whether the specification (a path, or a name) is of this kind. */
  detect(spec: string): Promise<boolean>;
  /** Names of its splits; empty where it has none. */
  splits(spec: string): Promise<string[]>;
  open(spec: string, options: OpenOptions): Promise<Dataset>;
}
