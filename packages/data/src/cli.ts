#!/usr/bin/env node
import { createCommand, runCommand } from '@mfm/cli';
import { shardCommand } from './shard/shard-command.ts';

const command = createCommand('data', 'Prepares data sets.', ['pnpm data shard --help']);
command.addCommand(shardCommand());
await runCommand(command);
