import { OFFERED_PATH, type OfferedModels } from '../model/offered-models.ts';
import type { Device } from '../worker/runtime.ts';
import { startDropZone } from './drop-zone.ts';
import { type EngineClient, startEngine } from './engine-client.ts';
import { type Gallery, startGallery } from './gallery.ts';
import { calm, complain, say } from './messages.ts';
import { onChoice, requireElement } from './require-element.ts';
import { startSeeView } from './see/see-view.ts';
import { startTabs } from './tabs.ts';
import { startTrainView } from './train/train-view.ts';

async function fetchOffered(): Promise<OfferedModels> {
  const response = await fetch(OFFERED_PATH);
  if (!response.ok)
    throw new Error(`The list of models could not be read: ${response.status}. Start "pnpm web" again.`);
  return (await response.json()) as OfferedModels;
}

function describe({ loaded, description }: EngineClient, { origin }: OfferedModels): void {
  const model = loaded.reconstruction ?? loaded.features;
  requireElement('model-text', HTMLElement).textContent = model
    ? `${model.architecture}; ${model.training}. ${origin}`
    : origin;
  requireElement('device-text', HTMLElement).textContent = description;
}

/** While one device is being opened no other can be chosen. */
function setDisabled(isDisabled: boolean): void {
  requireElement('device', HTMLFieldSetElement).disabled = isDisabled;
}

async function start(): Promise<void> {
  startTabs(requireElement('tabs', HTMLElement));
  requireElement('problem-close', HTMLButtonElement).addEventListener('click', calm);
  const see = startSeeView();
  const offered = await fetchOffered();
  let engine: EngineClient | undefined;

  const refresh = () => {
    if (engine) see.refresh(engine, gallery);
  };
  const gallery: Gallery = await startGallery(() => {
    say(`${gallery.pictures[gallery.chosen]!.name} is chosen.`);
    refresh();
  });
  const train = startTrainView(offered, gallery);
  startDropZone((picture) => {
    calm();
    gallery.add(picture);
  }, complain);

  /** Opens a device; one that cannot be had leaves the one before in use, and says so. */
  async function choose(device: Device): Promise<void> {
    const [before, page] = [engine, document.documentElement];
    calm();
    say('Loading the models …');
    page.dataset.state = 'loading';
    setDisabled(true);
    try {
      engine = await startEngine(device, offered);
      before?.close();
      describe(engine, offered);
      say(`Ready on ${engine.description}.`);
      train.attach(engine);
    } catch (error) {
      complain(error);
      say(before ? `Still on ${before.description}.` : 'No device is open.');
      if (before) requireElement(`device-${before.device}`, HTMLInputElement).checked = true;
    }
    page.dataset.state = engine ? 'ready' : 'failed';
    setDisabled(false);
    refresh();
  }

  onChoice('device', (device) => void choose(device as Device));
  await choose('wasm');
}

start().catch(complain);
