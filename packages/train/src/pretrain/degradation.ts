import type { DegradationSpec } from '@mfm/data';
import type { PretextTask } from '@mfm/models';

/** What the loader does to images for a task; undefined where the step itself corrupts them. */
export function toDegradation(task: PretextTask): DegradationSpec | undefined {
  if (task.filter === 'mfm') return undefined;
  const { filter, target: _target, loss: _loss, ...settings } = task;
  return { type: filter, ...settings } as DegradationSpec;
}
