/** What the keys do, as offsets or ends (ARIA authoring practices, tabs with automatic activation). */
const MOVES: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowRight: (index, count) => (index + 1) % count,
  ArrowLeft: (index, count) => (index + count - 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** Makes `[role=tab]` elements work: one is in the tab order, arrows move between them, each shows its panel. */
export function startTabs(list: Element): void {
  const tabs = [...list.querySelectorAll<HTMLElement>('[role="tab"]')];

  function select(chosen: HTMLElement): void {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute('aria-selected', String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute('aria-controls') ?? '');
      if (panel) panel.hidden = !isChosen;
    }
  }

  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener('click', () => select(tab));
    tab.addEventListener('keydown', (event) => {
      const next = MOVES[event.key]?.(index, tabs.length);
      if (next === undefined) return;
      event.preventDefault();
      select(tabs[next]!);
      tabs[next]!.focus();
    });
  }
}
