import { didYouMean, UserError } from '@mfm/cli';
import type { HostTensor, ValueInfo } from '@mfm/onnx';

/** An output of a model as one vector per image. */
export interface VectorPart {
  /** As it was asked for: `mean_pooled`, `stage_3`, `last_hidden_state:first`. */
  readonly name: string;
  /** The model's output. */
  readonly output: string;
  /** Length of the vector. */
  readonly dim: number;
  /** One vector for each image out of the output's value. */
  read(value: HostTensor): Float32Array;
}

const describe = ({ name, shape }: ValueInfo) => `${name} [${shape.join(', ')}]`;
const floats = ({ data }: HostTensor) => data as Float32Array;

/** float32 [N, C, h, w] → [N, C]: global average pooling. */
function meanOverPlane(value: HostTensor): Float32Array {
  const [images, channels, height, width] = value.dims as [number, number, number, number];
  const [data, plane] = [floats(value), height * width];
  const result = new Float32Array(images * channels);
  for (let i = 0; i < result.length; i++) {
    let sum = 0;
    for (let j = i * plane; j < (i + 1) * plane; j++) sum += data[j]!;
    result[i] = sum / plane;
  }
  return result;
}

/** float32 [N, L, D] → [N, D]: mean over the tokens. */
function meanOverTokens(value: HostTensor): Float32Array {
  const [images, length, dim] = value.dims as [number, number, number];
  const data = floats(value);
  const sums = new Float64Array(images * dim);
  for (let image = 0; image < images; image++) {
    for (let i = image * length * dim; i < (image + 1) * length * dim; i += dim) {
      for (let column = 0; column < dim; column++) sums[image * dim + column]! += data[i + column]!;
    }
  }
  return Float32Array.from(sums, (sum) => sum / length);
}

/** float32 [N, L, D] → [N, D]: the first token, where many models have the class token. */
function firstToken(value: HostTensor): Float32Array {
  const [images, length, dim] = value.dims as [number, number, number];
  const result = new Float32Array(images * dim);
  for (let image = 0; image < images; image++) {
    const begin = image * length * dim;
    result.set(floats(value).subarray(begin, begin + dim), image * dim);
  }
  return result;
}

interface Reading {
  /** The axis whose length is the vector's. */
  readonly axis: number;
  readonly read: (value: HostTensor) => Float32Array;
}

/** Ways from an output to vectors, by its number of axes and what follows a colon behind its name. */
const READINGS: Readonly<Record<string, Reading>> = {
  '2': { axis: 1, read: floats },
  '3:mean': { axis: 2, read: meanOverTokens },
  '3:first': { axis: 2, read: firstToken },
  '4': { axis: 1, read: meanOverPlane },
  '4:mean': { axis: 1, read: meanOverPlane },
};

/** What to say of an output that is not one vector per image, by its number of axes. */
const ADVICE: Readonly<Record<number, (name: string) => string>> = {
  3: (name) => `Of tokens take "${name}:mean" or "${name}:first".`,
};

const namesIn = (list: string): string[] => list.split(',').map((name) => name.trim());

/** `cls_token_block_*` stands for every output that begins so, in the order of the numbers behind. */
function expandNames(list: string, outputs: readonly ValueInfo[]): string {
  const numberIn = (name: string) => Number(/\d+$/.exec(name)?.[0] ?? 0);
  const expanded = namesIn(list).flatMap((name) => {
    if (!name.endsWith('*')) return [name];
    const found = outputs.map((output) => output.name).filter((known) => known.startsWith(name.slice(0, -1)));
    return found.length > 0 ? found.sort((a, b) => numberIn(a) - numberIn(b)) : [name];
  });
  return expanded.join(',');
}
const outputOf = (name: string) => name.split(':', 1)[0]!;

function readingOf(output: ValueInfo, path: string, name: string, advice: string): VectorPart {
  const { type, shape } = output;
  const reading = READINGS[`${shape.length}${name.slice(output.name.length)}`];
  const dim = reading && shape[reading.axis];
  if (type === 'float32' && reading && typeof dim === 'number') {
    return { name, output: output.name, dim, read: reading.read };
  }
  throw new UserError(
    `openVectorModel: output "${name}" of ${path} must be float32 [batch, length], got ${type} ${describe(output)}. ` +
      (ADVICE[shape.length]?.(output.name) ?? advice),
  );
}

/**
 * Chooses the outputs to read and how: [N, D] as it is, a map [N, C, h, w] averaged over its plane, tokens [N, L, D] as their mean
 * (`name:mean`) or the first of them (`name:first`).
 *
 * @param wanted lists of outputs (`cls_token,mean_pooled`, `cls_token_block_*`); the first of which the model has every output is taken
 * @param advice last sentence of the error
 * @throws UserError when there is no such list, or an output does not give vectors of one known length
 */
export function chooseParts(
  outputs: readonly ValueInfo[],
  path: string,
  wanted: readonly string[],
  advice: string,
): VectorPart[] {
  const find = (name: string) => outputs.find((output) => output.name === outputOf(name));
  const list = wanted.map((names) => expandNames(names, outputs)).find((names) => namesIn(names).every(find));
  if (list !== undefined) return namesIn(list).map((name) => readingOf(find(name)!, path, name, advice));
  const missing = wanted.map((names) => outputOf(namesIn(names).find((name) => !find(name))!));
  const known = outputs.map(({ name }) => name);
  throw new UserError(
    `openVectorModel: ${path} must have the output ${missing.map((name) => `"${name}"`).join(' or ')}, ` +
      `got ${outputs.map(describe).join(', ')}${didYouMean(missing[0]!, known)} ${advice}`,
  );
}

/** Vectors of several parts side by side: `[N, sum of the lengths]`. */
export function joinParts(parts: readonly VectorPart[], values: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return values[0]!;
  const dim = parts.reduce((sum, part) => sum + part.dim, 0);
  const count = values[0]!.length / parts[0]!.dim;
  const joined = new Float32Array(count * dim);
  let column = 0;
  for (const [i, part] of parts.entries()) {
    for (let row = 0; row < count; row++) {
      joined.set(values[i]!.subarray(row * part.dim, (row + 1) * part.dim), row * dim + column);
    }
    column += part.dim;
  }
  return joined;
}
