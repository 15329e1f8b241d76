#!/usr/bin/env node
import { runCommand } from '@mfm/cli';
import { trainCommand } from './command/train-command.ts';

await runCommand(trainCommand());
