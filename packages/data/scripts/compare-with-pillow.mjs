// Measures how far sharp and this project's decoding and evaluation transform are from Pillow's, in steps of 1/255.
// node packages/data/scripts/compare-with-pillow.mjs <folder of JPEGs> [number of images] [size] [python]
// The Python needs Pillow (pip install pillow); build the packages first.
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyTransform, decodeImage, evalTransform } from '@mfm/data';
import sharp from 'sharp';

const [folder, count = '200', side = '224', python = 'python3'] = process.argv.slice(2);
if (!folder) {
  process.stderr.write('usage: compare-with-pillow.mjs <folder of JPEGs> [number of images] [size] [python]\n');
  process.exit(2);
}
const spec = evalTransform(Number(side), { resize: Math.floor((Number(side) * 256) / 224) });
const key = { seed: 0, epoch: 0, sample: 0 };

const child = spawn(python, [fileURLToPath(new URL('./pillow-pixels.py', import.meta.url))], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const output = child.stdout[Symbol.asyncIterator]();
let buffered = Buffer.alloc(0);

async function take(length) {
  while (buffered.length < length) {
    const { value, done } = await output.next();
    if (done) throw new Error('compare-with-pillow: Python ended; does it have Pillow?');
    buffered = Buffer.concat([buffered, value]);
  }
  const taken = buffered.subarray(0, length);
  buffered = buffered.subarray(length);
  return new Uint8Array(taken);
}

async function pillow(path) {
  child.stdin.write(`${JSON.stringify({ path, resize: spec.resize, size: spec.size })}\n`);
  const [width, height] = new Uint32Array((await take(8)).buffer);
  const decoded = { pixels: await take(width * height * 3), width, height };
  return { decoded, evaluated: await take(spec.size * spec.size * 3) };
}

/** Python's round: halves go to the even neighbour. */
function roundHalfEven(x) {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** What sharp itself would do in place of our resampler. */
async function sharpEval(input, { width, height }, kernel) {
  const short = Math.min(width, height);
  const [w, h] = [width, height].map((v) => Math.floor((spec.resize * v) / short));
  const window = { left: roundHalfEven((w - spec.size) / 2), top: roundHalfEven((h - spec.size) / 2) };
  const pixels = await input
    .resize({ width: w, height: h, fit: 'fill', kernel })
    .extract({ ...window, width: spec.size, height: spec.size })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer();
  return new Uint8Array(pixels);
}

const rows = new Map();
function record(name, got, expected) {
  const row = rows.get(name) ?? { sum: 0, max: 0, values: 0, different: 0, images: 0 };
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(got[i] - expected[i]);
    row.sum += difference;
    if (difference > row.max) row.max = difference;
    if (difference > 0) row.different++;
  }
  row.values += expected.length;
  row.images++;
  rows.set(name, row);
}

const files = (await readdir(folder, { recursive: true })).filter((name) => /\.jpe?g$/i.test(name)).sort();
const step = Math.max(1, Math.floor(files.length / Number(count)));
for (const name of files.filter((_, i) => i % step === 0).slice(0, Number(count))) {
  const path = join(folder, name);
  const file = await readFile(path);
  const { decoded, evaluated } = await pillow(path);
  const ours = await decodeImage(file, name);
  const raw = { width: decoded.width, height: decoded.height, channels: 3 };
  record('decoding: sharp', ours.pixels, decoded.pixels);
  record("transform: ours, of Pillow's pixels", applyTransform(decoded, spec, key), evaluated);
  record('transform: ours, from the file', applyTransform(ours, spec, key), evaluated);
  for (const kernel of ['cubic', 'lanczos3', 'mitchell', 'linear']) {
    record(
      `transform: sharp ${kernel}, of Pillow's pixels`,
      await sharpEval(sharp(decoded.pixels, { raw }), decoded, kernel),
      evaluated,
    );
  }
  record(
    'transform: sharp cubic, from the file',
    await sharpEval(sharp(file, { ignoreIcc: true }), decoded, 'cubic'),
    evaluated,
  );
}
child.stdin.end();
process.stdout.write(
  `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}; resize ${spec.resize}, crop ${spec.size}\n`,
);
for (const [name, { sum, max, values, different, images }] of rows) {
  const share = ((100 * different) / values).toFixed(2);
  process.stdout.write(
    `${name.padEnd(46)} mean ${(sum / values).toFixed(4)}  max ${max}  values that differ ${share} %  (${images} images)\n`,
  );
}
