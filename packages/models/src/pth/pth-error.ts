import { UserError } from '@mfm/cli';

/** Says what is wrong with a file, and throws. */
export type Fail = (what: string) => never;

/** Text from an untrusted file, fit for one line of a message. */
export const quote = (text: string): string => JSON.stringify(text.slice(0, 100));

/** @param source the file's name, for messages */
export function failFor(source: string): Fail {
  return (what) => {
    throw new UserError(`readPth: ${source}: ${what}. The file is damaged or not a PyTorch checkpoint.`);
  };
}
