import type { Random } from '@mfm/data';

/** Bytes at which lengths, signs and opcodes change what they mean. */
const TELLING = [0, 1, 0x28, 0x2e, 0x30, 0x52, 0x62, 0x68, 0x74, 0x7f, 0x80, 0x8a, 0xfe, 0xff];

/** Draws a whole number below a bound. */
type Below = (bound: number) => number;
type Damage = (file: Uint8Array, place: number, below: Below) => Uint8Array;

const drawByte = (below: Below): number => (below(2) === 0 ? TELLING[below(TELLING.length)]! : below(256));

const spliced = (file: Uint8Array, begin: number, removed: number, added: Uint8Array): Uint8Array => {
  const end = Math.min(file.length, begin + removed);
  const bytes = new Uint8Array(file.length - (end - begin) + added.length);
  bytes.set(file.subarray(0, begin));
  bytes.set(added, begin);
  bytes.set(file.subarray(end), begin + added.length);
  return bytes;
};

/** A byte is another. */
const changeByte: Damage = (file, place, below) => spliced(file, place, 1, Uint8Array.of(drawByte(below)));

/** A few bytes more or less. */
const moveBytes: Damage = (file, place, below) => {
  const added = Uint8Array.from({ length: below(9) }, () => drawByte(below));
  return spliced(file, place, below(9), added);
};

/** A number that overflows something: a power of two, little-endian, of 2, 4 or 8 bytes. */
const changeNumber: Damage = (file, place, below) => {
  const number = new Uint8Array(2 ** (1 + below(3)));
  number[below(number.length)] = 2 ** below(8);
  return spliced(file, place, number.length, number);
};

/** What is valid, where it is not expected. */
const repeatPiece: Damage = (file, place, below) => {
  const from = below(file.length);
  return spliced(file, place, 0, file.slice(from, from + below(40)));
};

const cut: Damage = (file, place) => file.subarray(0, place);

/** What can happen to a file, as often as it stands here. Files whose parts move are mostly refused at once: those are rarer. */
const DAMAGES: readonly Damage[] = [
  ...[changeByte, changeByte, changeByte, changeByte, changeByte, changeNumber, changeNumber],
  ...[moveBytes, repeatPiece, cut],
];

/**
 * A file with one to four damages. Most of a checkpoint is numbers, of which any are valid: half of the places lie near the beginning or
 * the end, where pickles and directories are.
 */
export function damage(file: Uint8Array, random: Random): Uint8Array {
  const below: Below = (bound) => random.integer(Math.max(1, bound));
  const drawPlace = (length: number): number => {
    if (below(2) === 0) return below(length);
    const distance = Math.floor(length * random.uniform() ** 4);
    return below(3) === 0 ? Math.max(0, length - 1 - distance) : Math.min(length - 1, distance);
  };
  let bytes = file;
  for (let count = 1 + below(4); count > 0 && bytes.length > 0; count--) {
    bytes = DAMAGES[below(DAMAGES.length)]!(bytes, drawPlace(bytes.length), below);
  }
  return bytes;
}
