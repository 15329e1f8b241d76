import { UserError } from '@mfm/cli';
import type { InputSpec } from '@mfm/onnx';
import type { TfjsInput } from './tfjs-model.ts';

export interface ShapeOptions {
  /** Fixes the batch. Default: open, if it is the open first axis of every input. */
  readonly batch?: number | undefined;
  /** Shapes by input name, as `batch,224,224,3`; in place of the model's own. */
  readonly shapes?: Readonly<Record<string, string>> | undefined;
  /** Height and width of images [N, H, W, C], where the model leaves them open. */
  readonly imageSize?: number | undefined;
}

export interface ResolvedInputs {
  /** The first length is 1 where the batch is open. */
  readonly specs: Readonly<Record<string, InputSpec & { dtype: TfjsInput['dtype'] }>>;
  readonly isDynamic: boolean;
  /** The fixed batch, or undefined if it is open. */
  readonly batch: number | undefined;
}

/** Elements above which an input is a mistake: 2 GB of float32. */
const LARGEST_INPUT = 2 ** 29;

const OPEN = new Set(['batch', '?', '-1', 'null']);

function parseShape(text: string, name: string): (number | null)[] {
  return text.split(/[,x]/).map((part) => {
    const length = part.trim();
    if (OPEN.has(length)) return null;
    const value = Number(length);
    if (length === '' || !Number.isInteger(value) || value < 1) {
      throw new UserError(
        `--input: a shape must be positive lengths, the first also "batch", got "${text}" for "${name}". Write ${name}=batch,224,224,3.`,
      );
    }
    return value;
  });
}

const shapeText = (shape: readonly (number | null)[]) => `[${shape.map((length) => length ?? '?').join(', ')}]`;

function chooseShape({ name, shape }: TfjsInput, { shapes = {}, imageSize }: ShapeOptions): (number | null)[] {
  const given = Object.hasOwn(shapes, name) ? parseShape(shapes[name]!, name) : undefined;
  if (
    given &&
    shape &&
    (given.length !== shape.length || shape.some((n, axis) => n !== null && given[axis] !== n && given[axis] !== null))
  ) {
    throw new UserError(
      `--input: must fit the model's shape ${shapeText(shape)} of "${name}", got ${shapeText(given)}.`,
    );
  }
  const chosen = given ? given.map((length, axis) => length ?? shape?.[axis] ?? null) : shape;
  if (!chosen) {
    throw new UserError(
      `--tfjs: the input "${name}" does not say its shape. Add --input ${name}=batch,224,224,3 with its lengths.`,
    );
  }
  const isImage = chosen.length === 4;
  const sized = chosen.map((length, axis) =>
    isImage && (axis === 1 || axis === 2) ? (length ?? imageSize ?? null) : length,
  );
  if (sized.some((length, axis) => length === null && axis > 0)) {
    const example = sized.map((length, axis) => length ?? (axis === 0 ? 'batch' : 224)).join(',');
    throw new UserError(
      `--tfjs: every length but the batch must be known, got ${shapeText(chosen)} for the input "${name}". ` +
        `Add --input ${name}=${example}${isImage ? ', or --image-size 224' : ''}.`,
    );
  }
  return sized;
}

/**
 * The shapes that a model is traced with. The batch stays open if it is open in every input and no `batch` is given.
 *
 * @throws UserError for an open length that no option fills, and for options that do not fit
 */
export function resolveInputs(inputs: readonly TfjsInput[], options: ShapeOptions): ResolvedInputs {
  const names = inputs.map(({ name }) => name);
  for (const name of Object.keys(options.shapes ?? {})) {
    if (!names.includes(name))
      throw new UserError(`--input: the model has no input "${name}". It has: ${names.join(', ')}.`);
  }
  const shapes = inputs.map((input) => chooseShape(input, options));
  const open = shapes.filter(([first]) => first === null).length;
  const isDynamic = options.batch === undefined && open === shapes.length && shapes.length > 0;
  if (!isDynamic && open > 0 && options.batch === undefined) {
    throw new UserError('--tfjs: the batch is open in some inputs and fixed in others. Add --batch <number>.');
  }
  const batch = isDynamic ? undefined : (options.batch ?? shapes[0]?.[0] ?? 1);
  const specs = inputs.map(({ name, dtype }, index) => {
    const shape = shapes[index]!.map((length) => length ?? options.batch ?? 1);
    if (options.batch !== undefined && shape.length > 0 && shape[0] !== options.batch) {
      throw new UserError(
        `--batch: the model fixes the first length of "${name}" to ${shape[0]}, got ${options.batch}.`,
      );
    }
    const size = shape.reduce((product, length) => product * length, 1);
    if (size > LARGEST_INPUT || shape.some((length) => length < 1)) {
      throw new UserError(`--tfjs: an input must have 1 to 2^29 elements, got ${shapeText(shape)} for "${name}".`);
    }
    return [name, { shape, dtype }] as const;
  });
  return { specs: Object.fromEntries(specs), isDynamic, batch };
}
