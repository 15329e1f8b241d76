/** A piece of HTML that is safe to put into a page as it is. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(part: Part): string {
  if (typeof part === 'string' || typeof part === 'number') return String(part).replace(/[&<>"']/g, (c) => ESCAPES[c]!);
  return 'html' in part ? part.html : part.map(render).join('');
}

/** Template tag that escapes every value put into it, except those made by `html` itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: strings.map((text, i) => text + (i < parts.length ? render(parts[i]!) : '')).join('') };
}

/** Marks text as HTML: for what a library has drawn. */
export const trusted = (text: string): Html => ({ html: text });
