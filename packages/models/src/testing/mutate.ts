import { UserError } from '@mfm/cli';
import { randomStream } from '../parameters/random-stream.ts';

/** Bytes at which lengths, signs and opcodes change what they mean. */
const TELLING = [0, 1, 0x28, 0x2e, 0x30, 0x52, 0x62, 0x68, 0x74, 0x7f, 0x80, 0x8a, 0xfe, 0xff];

/** Counts that overflow something, as eight bytes each: powers of two, and all ones. */
const HUGE = [31n, 32n, 40n, 53n, 63n, 64n].map((bits) => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, bits === 64n ? -1n : 2n ** bits), true);
  return [...bytes];
});

/** Draws a whole number below a bound. */
type Below = (bound: number) => number;

const drawByte = (below: Below): number => (below(2) === 0 ? TELLING[below(TELLING.length)]! : below(256));

/** What can happen to a file. The first are commoner. */
const EDITS: readonly ((bytes: number[], below: Below) => void)[] = [
  (bytes, below) => {
    bytes[below(bytes.length)] = drawByte(below);
  },
  (bytes, below) => {
    const inserted = Array.from({ length: below(9) }, () => drawByte(below));
    bytes.splice(below(bytes.length), below(9), ...inserted);
  },
  (bytes, below) => {
    const [begin, count, width] = [below(bytes.length), HUGE[below(HUGE.length)]!, 2 ** (1 + below(3))];
    for (let i = 0; i < width && begin + i < bytes.length; i++) bytes[begin + i] = count[i]!;
  },
  // What is valid, where it is not expected.
  (bytes, below) => {
    const begin = below(bytes.length);
    bytes.splice(below(bytes.length), 0, ...bytes.slice(begin, begin + below(40)));
  },
  (bytes, below) => {
    bytes.length = below(bytes.length);
  },
];

/** A file with one to four changes, which depend on the seed alone: bytes, counts, pieces in the wrong place, an early end. */
export function mutate(file: Uint8Array, seed: number): Uint8Array {
  const random = randomStream(seed, 'mutate');
  const below: Below = (bound) => Math.floor(random() * Math.max(1, bound));
  const bytes = [...file];
  for (let count = 1 + below(4); count > 0; count--)
    EDITS[Math.min(below(EDITS.length), below(EDITS.length + 2))]!(bytes, below);
  return Uint8Array.from(bytes);
}

/** Seconds of processor time that any one small file may take. */
const MAX_SECONDS = 2;

/**
 * Reads what may be damaged: gives a value, or a UserError of one line of bearable length, soon. Anything else is an error.
 *
 * @returns whether it was refused
 */
export async function isRefused(read: () => unknown): Promise<boolean> {
  const begin = process.cpuUsage();
  let message: string | undefined;
  try {
    await read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    message = error.message;
  }
  const { user, system } = process.cpuUsage(begin);
  if (user + system > MAX_SECONDS * 1e6) throw new Error(`isRefused: must end soon, took ${(user + system) / 1e6} s.`);
  if (message !== undefined && (/[\n\r]/.test(message) || message.length > 2000)) {
    const got = JSON.stringify(message.slice(0, 3000));
    throw new Error(`isRefused: a message must be one line of bearable length, got ${got}.`);
  }
  return message !== undefined;
}
