#!/usr/bin/env node
import { runCommand } from '@mfm/cli';
import { evalCommand } from './command-table.ts';

await runCommand(evalCommand());
