import { didYouMean, UserError } from '@mfm/cli';
import { z } from 'zod';
import { type TrainConfig, trainConfigSchema } from './train-config.ts';

/** Names that the schema has at a path; empty where the path leads to no object of named keys. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let current: unknown = schema;
  for (const key of path) {
    current = unwrap(current);
    current = current instanceof z.ZodObject ? current.shape[String(key)] : undefined;
  }
  current = unwrap(current);
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}

/** The schema below defaults and optionals. */
function unwrap(schema: unknown): unknown {
  let current = schema;
  while (current instanceof z.ZodDefault || current instanceof z.ZodPrefault || current instanceof z.ZodOptional) {
    current = current.unwrap();
  }
  return current;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input);
}

type Issue = z.core.$ZodIssue;

function describeIssue(issue: Issue, input: unknown): string {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const known = knownKeys(trainConfigSchema, issue.path);
    return `unknown key "${path === '' ? '' : `${path}.`}${key}"${didYouMean(key, known)}`;
  }
  const value = valueAt(input, issue.path);
  if (value === undefined && /^data(\.path)?$/.test(path)) {
    return 'data.path: must name the images to train on, got nothing. Pass --data <path> or --data synthetic.';
  }
  // Zod's "Too small: expected number to be >0", "Invalid input: expected string, received number".
  const rule = issue.message.replace(/^[A-Z][a-z ]+: /, '').replace(/, received .*$/, '');
  const got = value === undefined ? 'nothing' : JSON.stringify(value);
  return `${path === '' ? 'the configuration' : path}: ${rule}, got ${got}. Correct it with --set or in the configuration file.`;
}

/** Conditions between values, each with what to say when it does not hold. */
const CONDITIONS: readonly ((config: TrainConfig) => string | false)[] = [
  ({ model: { task } }) =>
    task.maskRadius1 >= task.maskRadius2 &&
    `model.task.maskRadius1: must be below maskRadius2 (${task.maskRadius2}), got ${task.maskRadius1}.`,
  ({ data: { cropScale } }) =>
    (cropScale[0] <= 0 || cropScale[0] > cropScale[1]) &&
    `data.cropScale: must be a range in (0, 1], got [${cropScale.join(', ')}].`,
  ({ schedule, epochs }) =>
    schedule.warmupEpochs > epochs &&
    `schedule.warmupEpochs: must be at most epochs (${epochs}), got ${schedule.warmupEpochs}. ` +
      `Add --set schedule.warmupEpochs=${Number((epochs * 0.07).toFixed(2))}`,
];

/**
 * Checks a configuration and fills in the defaults.
 *
 * @param input what was read and merged
 * @param source named in messages: a file, `preset vit_…`
 * @throws UserError with one line that names the key; for an unknown key the nearest known one is offered
 */
export function parseTrainConfig(input: unknown, source: string): TrainConfig {
  const result = trainConfigSchema.safeParse(input);
  if (!result.success) {
    // An unknown key explains a missing one: report it first.
    const issues = result.error.issues;
    const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!;
    throw new UserError(`configuration (${source}): ${describeIssue(issue, input)}`);
  }
  for (const condition of CONDITIONS) {
    const message = condition(result.data);
    if (message !== false) throw new UserError(`configuration (${source}): ${message}`);
  }
  return result.data;
}
