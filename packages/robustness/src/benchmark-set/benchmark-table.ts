import type { BenchmarkSet } from './benchmark-set.ts';
import { cifar10C } from './cifar10-c.ts';
import { imagenetC } from './imagenet-c.ts';
import { imagenetV2 } from './imagenet-v2.ts';
import { imagenetA, imagenetR, imagenetSketch } from './wnid-folders.ts';

/** Every published data set that the suite reads. A new one is a file and a row here. */
export const BENCHMARK_SETS: readonly BenchmarkSet[] = [
  imagenetC,
  imagenetA,
  imagenetR,
  imagenetSketch,
  imagenetV2,
  cifar10C,
];
