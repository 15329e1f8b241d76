#!/usr/bin/env node
import { runCommand } from '@mfm/cli';
import { interopCommand } from './command.ts';

await runCommand(interopCommand());
