#!/usr/bin/env node
import { runCommand } from '@mfm/cli';
import { exportCommand } from './command.ts';

await runCommand(exportCommand());
