import { Command, CommanderError } from 'commander';
import { UserError } from './user-error.ts';

/** Exit code of a command that was given something it cannot use. */
const USER_ERROR = 2;

/** A commander command of this project: throws instead of exiting, shows its help's examples last, suggests on typing errors. */
export function createCommand(name: string, description: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ ${example}`).join('\n');
  return new Command(name)
    .description(description)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => {} })
    .addHelpText('after', `\nExamples:\n${lines}`);
}

/**
 * Runs a command line to its end and sets the process's exit code: 0 done, 2 for a `UserError` or wrong arguments (one line on
 * standard error), 1 with a stack for anything else.
 *
 * @param argv arguments without node and script, default those of this process
 */
export async function runCommand(command: Command, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  // "pnpm train -- --x" hands the separator on; it carries no meaning here.
  const args = argv[0] === '--' ? argv.slice(1) : argv;
  try {
    await command.parseAsync([...args], { from: 'user' });
  } catch (error) {
    process.exitCode = reportError(error, command);
  }
}

function reportError(error: unknown, command: Command): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help') {
      const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
      process.stderr.write(`${command.name()}: ${message} See "pnpm ${command.name()} --help".\n`);
    }
    return USER_ERROR;
  }
  if (error instanceof UserError) {
    process.stderr.write(`${error.message}\n`);
    return USER_ERROR;
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}
