import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { UserError, writeFileAtomic } from '@mfm/cli';
import { type Card, renderFacts, renderPage, type Section } from '@mfm/report';

/** What the page of any measurement says. */
export interface EvalReport {
  /** The sub-command. */
  readonly command: string;
  readonly title: string;
  readonly lead: string;
  readonly cards: readonly Card[];
  readonly sections: readonly Section[];
  /** Files and settings; what is undefined is left out. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * Checks where a report is to be written before anything is measured.
 *
 * @throws UserError for a folder, or a name that is no page's
 */
export async function checkReportPath(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  if (extname(path).toLowerCase() === '.html' && !isFolder) return;
  throw new UserError(`--report: must be a file that ends in .html, got ${isFolder ? 'the folder ' : ''}"${path}".`);
}

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The page as one HTML file that needs nothing else. */
export function renderEvalReport({ command, title, lead, cards, sections, settings }: EvalReport): string {
  const facts = Object.entries(settings).filter(([, value]) => value !== undefined && value !== null);
  const last: Section = {
    title: 'Files and settings',
    content: renderFacts(facts.map(([name, value]) => [name, valueText(value)] as const)),
  };
  return renderPage(title, lead, cards, [...sections, last], `Written by pnpm eval ${command} --report.`, {
    contents: true,
  });
}

/** Writes it, if a path is given. */
export async function writeEvalReport(path: string | undefined, make: () => EvalReport): Promise<void> {
  if (path !== undefined) await writeFileAtomic(path, renderEvalReport(make()));
}
