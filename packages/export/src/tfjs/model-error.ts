import { UserError } from '@mfm/cli';

/** The first line of an error's message: TensorFlow.js's go on for paragraphs. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  const line = text.split('\n')[0]!.trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

/**
 * Runs a step of TensorFlow.js on what a file says. Whatever it throws, the file is the cause: TensorFlow.js asserts, or stumbles over a
 * missing field with a TypeError.
 *
 * @throws UserError with the file's name and the first line of what TensorFlow.js says
 */
export async function blameFile<T>(path: string, doing: string, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path}: TensorFlow.js cannot ${doing} it: ${firstLine(error)}`, { cause: error });
  }
}
