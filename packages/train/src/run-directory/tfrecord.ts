import { maskedCrc32c } from './crc32c.ts';

/** Bytes around a record's data: length (8), its sum (4), the data's sum (4). */
const HEADER = 12;
const FOOTER = 4;

/** Frames one record: uint64 length, masked CRC-32C of it, data, masked CRC-32C of the data; little endian. */
export function encodeRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEADER + data.length + FOOTER);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, HEADER);
  view.setUint32(HEADER + data.length, maskedCrc32c(data), true);
  return record;
}

/**
 * The whole records at the start of `bytes`, and how many bytes they take: what lies behind is a record that a killed process did
 * not finish, or damage.
 */
export function decodeRecords(bytes: Uint8Array): { records: { data: Uint8Array; end: number }[]; length: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: { data: Uint8Array; end: number }[] = [];
  let start = 0;
  while (start + HEADER + FOOTER <= bytes.length) {
    const length = Number(view.getBigUint64(start, true));
    const end = start + HEADER + length + FOOTER;
    if (view.getUint32(start + 8, true) !== maskedCrc32c(bytes.subarray(start, start + 8)) || end > bytes.length) break;
    const data = bytes.subarray(start + HEADER, end - FOOTER);
    if (view.getUint32(end - FOOTER, true) !== maskedCrc32c(data)) break;
    records.push({ data, end });
    start = end;
  }
  return { records, length: start };
}
