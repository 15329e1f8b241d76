import type { createCommand } from '@mfm/cli';

/** A commander command, as `createCommand` makes it. */
export type Command = ReturnType<typeof createCommand>;

/** A sub-command of `pnpm eval`. */
export interface EvalCommand {
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  /** Makes the command with its options and action. */
  create(): Command;
}
