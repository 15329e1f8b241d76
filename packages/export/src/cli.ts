#!/usr/bin/env node
import { runCommand } from '@mfm/cli';
import { exportCommand } from './command.ts';
import { inspectCommand } from './inspect/inspect-command.ts';

// Options after `inspect` are that command's.
await runCommand(exportCommand().enablePositionalOptions().addCommand(inspectCommand()));
