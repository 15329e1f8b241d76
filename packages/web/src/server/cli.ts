#!/usr/bin/env node
import { runCommand } from '@mfm/cli';
import { webCommand } from './command.ts';

await runCommand(webCommand());
