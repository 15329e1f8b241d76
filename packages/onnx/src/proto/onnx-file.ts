import { oneLine, UserError } from '@mfm/cli';
import { type ByteSource, withSource } from './byte-source.ts';
import type { FileEntry } from './file-messages.ts';
import { type ReadMessages, readMessages } from './read-messages.ts';
import { MalformedFile } from './wire-reader.ts';

/** An ONNX file that is open: its messages, and the source that its tensors' data can be read from. */
export interface OnnxFile extends ReadMessages {
  readonly source: ByteSource;
}

/**
 * Opens an ONNX file of any kind and does something with it. A file is read in pieces: tensors' data stay where they are.
 *
 * @param caller the function that the user called, for messages
 * @param given a path, or the file's bytes
 * @param label the file's name, for messages; default the path, or "the model"
 * @throws UserError of one line when it cannot be read, or is no ONNX file
 */
export function withOnnxFile<T>(
  caller: string,
  given: string | Uint8Array,
  use: (file: OnnxFile) => T,
  label = typeof given === 'string' ? given : 'the model',
): T {
  return withSource(caller, given, (source) => use({ source, ...messagesOf(caller, source, label) }));
}

function messagesOf(caller: string, source: ByteSource, label: string): ReadMessages {
  try {
    return readMessages(source);
  } catch (error) {
    if (!(error instanceof MalformedFile)) throw error;
    const name = label === 'the model' ? label : `"${label}"`;
    throw new UserError(`${caller}: ${oneLine(`${name} must be an ONNX file: ${error.message}`)}.`);
  }
}

/** Entries as a record; of a key that is there twice, the last. */
export const entriesToRecord = (entries: readonly FileEntry[]): Record<string, string> =>
  Object.fromEntries(entries.map(({ key = '', value = '' }) => [key, value]));
