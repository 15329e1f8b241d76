import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '@mfm/cli';
import { extract } from 'tar-stream';
import { isImageName } from '../dataset/image-folder.ts';
import { isCompressed, LABEL_BYTES, parseLabel, readAll, splitMember } from '../dataset/tar-index.ts';

/** One image of a shard. */
export interface StreamedSample {
  /** Its number among the shard's images. */
  readonly place: number;
  readonly member: string;
  /** Undefined where the shard has none. */
  readonly label: number | undefined;
  /** The encoded image; undefined where it was not wanted. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * Goes through a WebDataset shard from its beginning, image by image, holding one of them. Members of one key lie together, as the format demands; those that are neither image nor
 * label are passed over.
 *
 * @param isWanted by place: bytes of others are not kept
 * @throws UserError when the shard is truncated or damaged
 */
export async function* tarSamples(
  shard: string,
  isWanted: (place: number) => boolean,
): AsyncGenerator<StreamedSample, void, undefined> {
  const members = extract();
  const source = createReadStream(shard, { highWaterMark: 1 << 20 });
  // Errors of any part end the iteration below, which reports them.
  if (isCompressed(shard)) pipeline(source, createGunzip(), members, () => {});
  else pipeline(source, members, () => {});
  let [place, key, label] = [0, '', undefined as number | undefined];
  let image: Pick<StreamedSample, 'member' | 'bytes'> | undefined;
  const finish = (): StreamedSample | undefined => image && { place: place++, label, ...image };
  try {
    for await (const entry of members) {
      const { name, size = 0 } = entry.header;
      const member = splitMember(name);
      if (member.key !== key) {
        const done = finish();
        [key, label, image] = [member.key, undefined, undefined];
        if (done) yield done;
      }
      if (member.extension === 'cls' && size <= LABEL_BYTES) {
        label = parseLabel((await readAll(entry)).toString('latin1'), shard, name);
      } else if (isImageName(`.${member.extension}`) || isImageName(name)) {
        const bytes = isWanted(place) ? Uint8Array.from(await readAll(entry)) : undefined;
        if (!bytes) entry.resume();
        image = { member: name, bytes };
      } else entry.resume();
    }
    const last = finish();
    if (last) yield last;
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = (error as Error).message;
    throw new UserError(
      `openStream: "${shard}" must be a whole tar file, got a truncated or damaged one (${reason}). Fetch it again.`,
    );
  } finally {
    source.destroy();
  }
}

/** How many images a shard holds. */
export async function countSamples(shard: string): Promise<number> {
  let count = 0;
  for await (const _ of tarSamples(shard, () => false)) count++;
  return count;
}
