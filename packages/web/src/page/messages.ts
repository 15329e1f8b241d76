import { requireElement } from './require-element.ts';

/** What is going on, read out politely by screen readers. */
export function say(text: string): void {
  requireElement('status', HTMLElement).textContent = text;
}

/** What went wrong, read out at once; stays until the next. */
export function complain(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  requireElement('problem-text', HTMLElement).textContent = text;
  requireElement('problem', HTMLElement).hidden = false;
}

/** Takes the last complaint away. */
export function calm(): void {
  requireElement('problem', HTMLElement).hidden = true;
}
