// Takes one drawing out of a report, as an SVG file in the light colours: node scripts/report-figure.mjs <report.html> <text of its label> <out.svg>
import { readFileSync, writeFileSync } from 'node:fs';

const [report, label, out] = process.argv.slice(2);
if (!out) {
  console.error(
    'report-figure: three arguments are needed: the report, a part of the drawing’s label, the SVG to write.',
  );
  process.exit(2);
}
const page = readFileSync(report, 'utf8');
const figures = [...page.matchAll(/role="img" aria-label="([^"]*)">(<svg[\s\S]*?<\/svg>)/g)];
const found = figures.find(([, text]) => text.includes(label));
if (!found) {
  console.error(`report-figure: the label must be of a drawing of ${report}, got "${label}". Known:`);
  for (const [, text] of figures) console.error(`  ${text}`);
  process.exit(2);
}
const light = new Map(
  [...page.match(/:root \{([^}]*)\}/)[1].matchAll(/(--\w+): (#\w+)/g)].map(([, name, value]) => [name, value]),
);
const style = [...page.matchAll(/^\.map (text|\.frame) (\{[^}]*\})/gm)]
  .map(([, what, rules]) => `${what} ${rules}`)
  .join(' ');
const svg = found[2].replace(/>/, `><style>${style}</style><rect width="100%" height="100%" fill="var(--panel)"/>`);
writeFileSync(out, `${svg.replace(/var\((--\w+)\)/g, (_, name) => light.get(name)).replace(/&quot;/g, "'")}\n`);
