import { basename } from 'node:path';
import { type Command, createCommand, integerOption, startProgress } from '@mfm/cli';
import { openDataset } from '../dataset/open-dataset.ts';
import { writeShards } from './write-shards.ts';

interface ShardCommandOptions {
  data: string;
  out: string;
  split?: string;
  name?: string;
  imagesPerShard: number;
  seed: number;
  keepOrder?: boolean;
  json?: boolean;
}

async function shard(options: ShardCommandOptions): Promise<void> {
  const { data, out, split, imagesPerShard, seed, keepOrder, json } = options;
  const dataset = await openDataset(data, split === undefined ? {} : { split });
  const progress = startProgress('shard', dataset.length);
  try {
    const written = await writeShards(dataset, {
      ...{ folder: out, imagesPerShard, seed: keepOrder ? undefined : seed },
      name: options.name ?? basename(data).replace(/[^\w.-]+/g, '-'),
      onProgress: (done) => progress.update(done),
    });
    progress.stop();
    const megabytes = written.shards.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
    process.stdout.write(
      json
        ? `${JSON.stringify({ command: 'shard', data, out, split: dataset.split ?? 'train', ...written })}\n`
        : `${written.images} images in ${written.shards.length} shards, ${megabytes.toFixed(1)} MB, in ${out}\n`,
    );
  } finally {
    progress.stop();
    await dataset.close();
  }
}

/** `pnpm data shard`. */
export function shardCommand(): Command {
  return createCommand('shard', 'Writes a data set as WebDataset shards: large files that are read from end to end.', [
    'pnpm data shard --data imagenet --out shards                 # train',
    'pnpm data shard --data imagenet --split val --out shards',
    'pnpm data shard --data synthetic:1000 --out shards --images-per-shard 200',
  ])
    .requiredOption('--data <path>', 'images: whatever "pnpm train --data" takes')
    .requiredOption('--out <folder>', 'where the shards and meta.json go')
    .option('--split <name>', 'split of the data set (default: train, or all)')
    .option('--name <name>', "first part of the shards' names (default: that of the data)")
    .option('--images-per-shard <n>', 'images in each shard', integerOption('--images-per-shard'), 10_000)
    .option('--seed <n>', 'keys the order of the images', integerOption('--seed', 0), 0)
    .option('--keep-order', "keep the data set's order instead of shuffling")
    .option('--json', 'print one JSON document')
    .action(shard);
}
