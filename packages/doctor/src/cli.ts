#!/usr/bin/env node
import { createCommand, runCommand } from '@mfm/cli';
import { CHECKS } from './check/check-table.ts';
import type { Finding } from './check/finding.ts';
import { formatFindings } from './format-findings.ts';

const command = createCommand(
  'doctor',
  'Says what works on this machine, what is missing and how to get it. Exit code 1 if something that is needed does not work.',
  ['pnpm doctor', 'pnpm doctor --json'],
)
  .option('--json', 'print one JSON document')
  .action(async ({ json }: { json?: boolean }) => {
    const findings: Finding[] = [];
    for (const check of CHECKS) findings.push(...(await check()));
    const inOrder = findings.every(({ status }) => status !== 'broken');
    process.stdout.write(
      `${json ? JSON.stringify({ command: 'doctor', inOrder, findings }) : formatFindings(findings)}\n`,
    );
    if (!inOrder) process.exitCode = 1;
  });

await runCommand(command);
