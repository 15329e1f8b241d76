import type { OfferedModels } from '../../model/offered-models.ts';
import type { StepResult, TrainingDescription } from '../../worker/training.ts';
import { whileBusy } from '../busy.ts';
import type { EngineClient } from '../engine-client.ts';
import type { Gallery } from '../gallery.ts';
import { calm, complain, say } from '../messages.ts';
import { requireElement } from '../require-element.ts';
import { drawHeldOut } from './held-out-panel.ts';
import { drawLossChart } from './loss-chart.ts';
import { saveFile } from './save-file.ts';
import { prepareRun, type RunOptions, type TrainingRun } from './training-run.ts';

/** The second tab. */
export interface TrainView {
  /** Takes another engine; a training on the one before is lost, and the page says so. */
  attach(engine: EngineClient): void;
}

const button = (id: string) => requireElement(id, HTMLButtonElement);
const show = (id: string, text: string) => {
  requireElement(id, HTMLElement).textContent = text;
};

/**
 * Reads a number field.
 *
 * @throws Error in plain words when it is outside the field's own bounds
 */
function readNumber(id: string, name: string): number {
  const { value, validity, min, max, valueAsNumber } = requireElement(id, HTMLInputElement);
  if (validity.valid && value !== '') return valueAsNumber;
  throw new Error(`${name} must be a number from ${min} to ${max}, got "${value}".`);
}

export function startTrainView(offered: OfferedModels, gallery: Gallery): TrainView {
  const { trainStep, initialState } = offered.urls;
  let engine: EngineClient | undefined;
  let description: TrainingDescription | undefined;
  let run: TrainingRun | undefined;
  let isRunning = false;

  function showState(): void {
    const isAvailable = engine !== undefined && trainStep !== undefined;
    button('start').disabled = !isAvailable || (run?.isFinished ?? false);
    show('start', isRunning ? 'Pause' : run && run.training.length > 0 ? 'Go on' : 'Start');
    button('reset').disabled = run === undefined || isRunning;
    button('download').disabled = run === undefined || isRunning;
    for (const id of ['steps', 'rate', 'seed']) requireElement(id, HTMLInputElement).disabled = run !== undefined;
    requireElement('train', HTMLElement).dataset.running = String(isRunning);
  }

  function clear(): void {
    run = undefined;
    for (const id of ['train-step', 'train-loss', 'train-held-out', 'train-norm', 'train-milliseconds']) show(id, '–');
    for (const canvas of document.querySelectorAll<HTMLCanvasElement>('#held-out-panel canvas')) {
      canvas.getContext('2d')!.clearRect(0, 0, canvas.width, canvas.height);
    }
    show('held-out-name', 'The picture that is chosen when training begins');
    drawLossChart({ steps: 1, training: [], heldOut: [] });
  }

  function readOptions(): RunOptions {
    const steps = readNumber('steps', 'Steps');
    return { steps, peakRate: readNumber('rate', 'The peak learning rate'), seed: readNumber('seed', 'The seed') };
  }

  async function prepare(current: EngineClient): Promise<TrainingRun> {
    const options = readOptions();
    say('Loading the training step …');
    description ??= await current.remote.openTraining(trainStep!, initialState!);
    const { pictures, chosen } = gallery;
    const [name, others] = [pictures[chosen]!.name, pictures.length - 1];
    show('held-out-name', `${name}; the other ${others} pictures are learnt from`);
    return prepareRun(current, description, gallery, options, {
      onStep: (result, current) => showStep(result, current),
      onEvaluation(evaluation, { training, heldOut, pictures: prepared }) {
        drawLossChart({ steps: options.steps, training, heldOut });
        if (heldOut.length === 1) drawHeldOut(prepared, evaluation, 'start');
        drawHeldOut(prepared, evaluation, 'now');
        show('train-held-out', evaluation.loss.toFixed(4));
      },
    });
  }

  async function go(): Promise<void> {
    calm();
    const current = engine!;
    isRunning = true;
    showState();
    try {
      run ??= await prepare(current);
      if (engine !== current) return;
      showState();
      say(`Training on ${current.description}.`);
      await run.go();
      say(summary(run));
    } finally {
      // Another engine has its own state.
      if (engine === current) isRunning = false;
      showState();
    }
  }

  button('start').addEventListener('click', () => {
    if (isRunning) run?.pause();
    else go().catch(complain);
  });
  button('reset').addEventListener('click', () => {
    whileBusy(async () => {
      await engine!.remote.resetTraining();
      clear();
      showState();
      say('Training is back at its beginning.');
    }).catch(complain);
  });
  button('download').addEventListener('click', () => {
    whileBusy(async () => {
      saveFile('mfm-trained-in-the-browser.safetensors', await engine!.remote.trainedCheckpoint());
      say('The weights were saved as a safetensors file.');
    }).catch(complain);
  });
  requireElement('no-train-step', HTMLElement).hidden = trainStep !== undefined;
  clear();
  showState();
  return {
    attach(next) {
      const isLost = run !== undefined;
      run?.pause();
      [engine, description, isRunning] = [next, undefined, false];
      clear();
      showState();
      if (isLost) say(`Ready on ${next.description}. The training was on the other device and begins anew.`);
    },
  };
}

function showStep(
  { step, loss, gradNorm, milliseconds }: StepResult,
  { options, training, heldOut }: TrainingRun,
): void {
  show('train-step', `${step} of ${options.steps}`);
  show('train-loss', loss.toFixed(4));
  show('train-norm', gradNorm.toFixed(3));
  show('train-milliseconds', milliseconds.toFixed(milliseconds < 10 ? 1 : 0));
  drawLossChart({ steps: options.steps, training, heldOut });
}

function summary({ isFinished, training, heldOut }: TrainingRun): string {
  const [from, to] = [heldOut[0]!.value.toFixed(4), heldOut.at(-1)!.value.toFixed(4)];
  const state = isFinished ? 'Finished' : 'Paused';
  return `${state} after ${training.length} steps: the held-out picture’s loss went from ${from} to ${to}.`;
}
