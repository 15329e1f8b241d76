import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { crc32c, maskedCrc32c } from './crc32c.ts';
import { openEventFile } from './event-file.ts';
import { decodeEvent, encodeEvent } from './event-proto.ts';
import { decodeRecords, encodeRecord } from './tfrecord.ts';

describe('crc32c', () => {
  // RFC 3720, appendix B.4, and the usual check value.
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['123456789', new TextEncoder().encode('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(0), 0],
  ])('of %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it('is masked as TFRecord does', () => {
    expect(maskedCrc32c(new Uint8Array(0))).toBe(0xa282ead8);
  });
});

describe('TFRecord framing', () => {
  it('gives back what was framed, and leaves an unfinished record out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 5 }),
        fc.nat(55),
        (parts, cut) => {
          const whole = Buffer.concat(parts.map(encodeRecord));
          const last = encodeRecord(parts.at(-1)!);
          const all = decodeRecords(whole);
          expect(all.records.map(({ data }) => [...data])).toEqual(parts.map((part) => [...part]));
          expect(all.length).toBe(whole.length);
          const missing = 1 + (cut % last.length);
          expect(decodeRecords(whole.subarray(0, whole.length - missing)).records).toHaveLength(parts.length - 1);
        },
      ),
    );
  });

  it('stops at damage', () => {
    const bytes = Buffer.concat([encodeRecord(Uint8Array.of(1)), encodeRecord(Uint8Array.of(2))]);
    bytes[bytes.length - 5]! ^= 1;
    expect(decodeRecords(bytes).records).toHaveLength(1);
  });
});

describe('events', () => {
  it('have the field numbers of TensorBoard', () => {
    const event = { wallTime: 1, step: 2, summary: { value: [{ tag: 'a', simpleValue: 0.5 }] } };
    const bytes = encodeEvent(event);
    // 09 double wall_time · 10 varint step · 2a summary { 0a value { 0a tag, 15 simple_value } }
    const hex = '09000000000000f03f' + '1002' + '2a0a' + '0a08' + '0a0161' + '150000003f';
    expect(Buffer.from(bytes).toString('hex')).toBe(hex);
    expect(decodeEvent(bytes)).toEqual(event);
  });
});

describe('openEventFile', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mfm-events-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const steps = async (path: string) =>
    decodeRecords(await readFile(path)).records.map(({ data }) => {
      const { step = 0, fileVersion } = decodeEvent(data);
      return fileVersion ?? step;
    });

  it('cuts off what lies behind the step it goes on from, and an unfinished record', async () => {
    const first = await openEventFile(folder, 0);
    for (const step of [1, 2, 3]) await first.writeScalars(step, { loss: 1 / step });
    await appendFile(first.path, Uint8Array.of(1, 2, 3));
    const second = await openEventFile(folder, 2);
    await second.writeScalars(3, { loss: 0 });
    expect(second.path).toBe(first.path);
    expect(await steps(second.path)).toEqual(['brain.Event:2', 1, 2, 3]);
  });

  it('begins anew where the file is damaged from its start', async () => {
    const first = await openEventFile(folder, 0);
    await rm(first.path);
    await appendFile(first.path, Uint8Array.of(1, 2, 3));
    await openEventFile(folder, 0);
    expect(await steps(first.path)).toEqual(['brain.Event:2']);
  });
});
