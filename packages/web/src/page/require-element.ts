/**
 * An element of the page by its id.
 *
 * @throws Error when there is none of this kind: page and program do not fit together
 */
export function requireElement<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`requireElement: the page must have a ${kind.name} "${id}", got ${found?.tagName ?? 'nothing'}.`);
}

/** The value of the checked radio button of a group. */
export function checkedValue(name: string): string {
  const checked = document.querySelector<HTMLInputElement>(`input[name="${name}"]:checked`);
  if (checked) return checked.value;
  throw new Error(`checkedValue: one of the radio buttons "${name}" must be checked, got none.`);
}

/** Calls back when another radio button of a group is chosen. */
export function onChoice(name: string, callback: (value: string) => void): void {
  for (const input of document.querySelectorAll<HTMLInputElement>(`input[name="${name}"]`)) {
    input.addEventListener('change', () => callback(input.value));
  }
}
