export { writeFileAtomic } from './atomic-file.ts';
export { didYouMean } from './nearest-name.ts';
export { type Progress, startProgress } from './progress.ts';
export { createCommand, integerOption, runCommand } from './run-command.ts';
export { formatTable } from './table.ts';
export { UserError } from './user-error.ts';
