import { extname } from 'node:path';
import { UserError } from '@mfm/cli';
import type { Random } from '@mfm/data';
import { modelInPth, type PthValue, readPth } from '@mfm/models';
import { checkModel, inspectModel, readMetadata, readModel } from '@mfm/onnx';
import { damage } from './damage.ts';
import { damageFields } from './damage-fields.ts';

/** A kind of file that is damaged and read. */
export interface FuzzTarget {
  damage(file: Uint8Array, random: Random): Uint8Array;
  /** Reads a copy in every way there is; @returns whether it was refused clearly; @throws Error for any end that is neither */
  read(name: string, bytes: Uint8Array): Promise<boolean>;
}

/** Messages are one line of bearable length. */
const MAX_MESSAGE = 2000;

/** Whether reading was refused clearly; @throws Error for any other end */
async function isRefused(read: () => unknown): Promise<boolean> {
  try {
    await read();
    return false;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message } = error;
    if (!/[\n\r]/.test(message) && message.length <= MAX_MESSAGE) return true;
    throw new Error(`must be one line of bearable length, got ${JSON.stringify(message.slice(0, 100))}`);
  }
}

const pth: FuzzTarget = {
  damage,
  async read(name, bytes) {
    let value: PthValue = null;
    const readValue = async () => {
      value = await readPth(bytes);
    };
    if (await isRefused(readValue)) return true;
    await isRefused(() => modelInPth(name, value));
    return false;
  },
};

const onnx: FuzzTarget = {
  // Bytes, or fields whose lengths stay right.
  damage: (file, random) => (random.integer(2) === 0 ? damage(file, random) : damageFields(file, random)),
  async read(name, bytes) {
    const refused = await isRefused(() => readMetadata(bytes, name));
    const ends = [
      await isRefused(() => checkModel(bytes, name)),
      await isRefused(() => {
        const { nodes, problems } = inspectModel(bytes, name);
        return JSON.stringify({ nodes, problems });
      }),
    ];
    // What can be read at all can be inspected and checked, whatever is wrong with it.
    if (ends.some((end) => end !== refused))
      throw new Error('what can be read must be checked and inspected, got an error');
    return (await isRefused(() => readModel(bytes, name))) || refused;
  },
};

/** Kinds of files by the end of their names. */
const TARGETS: Readonly<Record<string, FuzzTarget>> = { '.pth': pth, '.onnx': onnx };

/** @throws UserError for a file of a kind that is not damaged here */
export function fuzzTarget(name: string): FuzzTarget {
  const target = TARGETS[extname(name)];
  if (target) return target;
  throw new UserError(`fuzz: files must be ${Object.keys(TARGETS).join(' or ')}, got "${name}".`);
}
