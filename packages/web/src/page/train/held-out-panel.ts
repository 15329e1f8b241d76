import { rgbaFromImage } from '../../picture/pixels.ts';
import type { Pass } from '../../spectrum/frequency-mask.ts';
import type { Evaluation } from '../../worker/training.ts';
import { drawPicture } from '../picture-canvas.ts';
import { requireElement } from '../require-element.ts';
import type { TrainingPictures } from './training-pictures.ts';

/** The two masks in the order of the evaluation's batch. High-pass pictures are faint: they are shown brighter. */
const ROWS: readonly { pass: Pass; gain: number }[] = [
  { pass: 'low', gain: 1 },
  { pass: 'high', gain: 4 },
];

const canvas = (id: string) => requireElement(id, HTMLCanvasElement);

/**
 * Draws the held-out picture: what each mask leaves, and what the model makes of it.
 *
 * @param when `start`: before the first step; `now`: after the newest
 */
export function drawHeldOut(
  { heldOut }: TrainingPictures,
  { corrupted, completed }: Evaluation,
  when: 'start' | 'now',
): void {
  drawPicture(canvas('held-out'), rgbaFromImage(heldOut));
  for (const [i, restored] of completed.entries()) {
    const { pass, gain } = ROWS[i]!;
    const left = corrupted.subarray(i * heldOut.length, (i + 1) * heldOut.length);
    drawPicture(canvas(`${pass}-left`), rgbaFromImage(left.map((value) => gain * value)));
    drawPicture(canvas(`${pass}-${when}`), rgbaFromImage(restored));
  }
}
