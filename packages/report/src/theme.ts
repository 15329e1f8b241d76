/** Colours by role: `[light, dark]`. Charts are drawn in the light ones and refer to the role, so that they follow the page. */
const ROLES = {
  page: ['#f1f5f9', '#0b1120'],
  panel: ['#ffffff', '#141c2f'],
  text: ['#1e293b', '#e2e8f0'],
  ink: ['#334155', '#cbd5e1'],
  muted: ['#5b6a80', '#94a3b8'],
  axis: ['#94a3b8', '#64748b'],
  line: ['#e2e8f0', '#2a3650'],
  first: ['#1f6fd6', '#60a5fa'],
  second: ['#b0883b', '#d9b15c'],
  third: ['#0f8a6d', '#34d399'],
  fourth: ['#a3449b', '#e58fdc'],
  bad: ['#b91c1c', '#f87171'],
} as const;

export type Role = keyof typeof ROLES;

/** The colour of each role, for charts: distinguishable in grey and to colour-blind readers. */
export const COLORS = Object.fromEntries(Object.entries(ROLES).map(([role, [light]]) => [role, light])) as Record<
  Role,
  string
>;

const SERIES_ROLES = ['first', 'second', 'third', 'fourth'] as const satisfies readonly Role[];

/** The colours of series, in their order. */
export const SERIES = SERIES_ROLES.map((role) => COLORS[role]);

/** The colour of a series for HTML: follows the page. */
export const seriesVariable = (index: number): string => `var(--${SERIES_ROLES[index % SERIES_ROLES.length]!})`;

const variables = (index: 0 | 1): string =>
  Object.entries(ROLES)
    .map(([role, pair]) => `--${role}: ${pair[index]};`)
    .join(' ');

/** The roles as CSS variables, light or dark as the reader's system is; printed light. */
export const THEME_CSS = `:root { color-scheme: light dark; ${variables(0)} }
@media screen and (prefers-color-scheme: dark) { :root { ${variables(1)} } }`;

/** Refers to roles where their colours stand in a drawing. */
export function followTheme(svg: string): string {
  let out = svg;
  // White is also what ECharts puts around labels: it is left out of drawings by `panel` not being used in them.
  for (const [role, [light]] of Object.entries(ROLES))
    if (role !== 'panel') out = out.replaceAll(light, `var(--${role})`);
  return out;
}
