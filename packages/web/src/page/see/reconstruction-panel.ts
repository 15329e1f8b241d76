import type { ModelDescription } from '../../model/model-description.ts';
import { rgbaFromImage, spectrumPictures } from '../../picture/pixels.ts';
import { peakSignalToNoise } from '../../picture/signal-to-noise.ts';
import { completedAmplitudes } from '../../spectrum/complete-frequencies.ts';
import { whileBusy } from '../busy.ts';
import { consoleAccess } from '../console-access.ts';
import type { EngineClient } from '../engine-client.ts';
import { latestOnly } from '../latest-only.ts';
import { complain } from '../messages.ts';
import { drawPicture } from '../picture-canvas.ts';
import { requireElement } from '../require-element.ts';
import { type MaskControls, startMaskControls } from './mask-controls.ts';
import { showTime, timed } from './timings.ts';

/** What the panel works on. */
export interface ReconstructionSource {
  readonly engine: EngineClient;
  readonly model: ModelDescription;
  /** float32 [3, H, W] in [0, 1]. */
  readonly image: Float32Array<ArrayBuffer>;
}

/** The six pictures: what the model is given, sees and makes, and their spectra. */
export interface ReconstructionPanel {
  show(source: ReconstructionSource): void;
}

/** What a faint picture is multiplied by when it is to be brightened. */
const GAIN = 4;

const canvas = (id: string) => requireElement(id, HTMLCanvasElement);

export function startReconstructionPanel(): ReconstructionPanel {
  let source: ReconstructionSource | undefined;
  const refresh = latestOnly(async () => {
    const current = source;
    if (current) await whileBusy(() => draw(current, controls));
  }, complain);
  const controls = startMaskControls(refresh);
  for (const id of ['complete', 'brighten']) requireElement(id, HTMLInputElement).addEventListener('change', refresh);
  return {
    show(next) {
      source = next;
      controls.fit(next.model.imageSize, next.model.maskRadius);
      refresh();
    },
  };
}

async function draw({ engine, image }: ReconstructionSource, controls: MaskControls): Promise<void> {
  const mask = timed('Mask', () => controls.mask());
  const result = await engine.remote.reconstruct(image, mask);
  consoleAccess.reconstruction = result;
  const { corrupted, reconstruction, completed, spectra, milliseconds } = result;
  showTime('Reconstruction model', milliseconds.model);
  showTime('Known frequencies put back', milliseconds.completion);
  const isCompleted = requireElement('complete', HTMLInputElement).checked;
  const restored = isCompleted ? completed : reconstruction;
  timed('Spectra and drawing', () => {
    const [ofImage, ofCorrupted, ofReconstruction] = spectra;
    const ofRestored = isCompleted ? completedAmplitudes(ofImage, ofReconstruction, mask) : ofReconstruction;
    const gain = requireElement('brighten', HTMLInputElement).checked ? GAIN : 1;
    drawPicture(canvas('picture'), rgbaFromImage(image));
    drawPicture(canvas('corrupted'), rgbaFromImage(corrupted.map((value) => gain * value)));
    drawPicture(canvas('restored'), rgbaFromImage(restored));
    const pictures = spectrumPictures([ofImage, ofCorrupted, ofRestored]);
    for (const [i, id] of ['picture', 'corrupted', 'restored'].entries()) {
      drawPicture(canvas(`${id}-spectrum`), pictures[i]!);
    }
  });
  const decibels = (other: Float32Array) => peakSignalToNoise(image, other).toFixed(1);
  requireElement('corrupted-quality', HTMLElement).textContent = `${decibels(corrupted)} dB`;
  requireElement('restored-quality', HTMLElement).textContent = `${decibels(restored)} dB`;
}
