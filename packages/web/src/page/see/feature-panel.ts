import { centred, nearest } from '../../features/nearest.ts';
import type { ModelDescription } from '../../model/model-description.ts';
import { whileBusy } from '../busy.ts';
import type { EngineClient } from '../engine-client.ts';
import { type Gallery, type GalleryPicture, modelImage, thumbnailOf } from '../gallery.ts';
import { latestOnly } from '../latest-only.ts';
import { complain } from '../messages.ts';
import { drawPixels } from '../picture-canvas.ts';
import { requireElement } from '../require-element.ts';
import { showTime, timed } from './timings.ts';

/** How many nearest pictures are shown. */
const NEIGHBOURS = 4;

/** What the panel works on. */
export interface FeatureSource {
  readonly engine: EngineClient;
  readonly model: ModelDescription;
  readonly gallery: Gallery;
}

/** The feature map, and the pictures that are most like the chosen one. */
export interface FeaturePanel {
  show(source: FeatureSource): void;
}

export function startFeaturePanel(): FeaturePanel {
  let source: FeatureSource | undefined;
  // Features by picture: of one engine only, since another may hold another model.
  const known = new Map<GalleryPicture, Float32Array>();

  async function pooledFeatures({ engine, model, gallery }: FeatureSource): Promise<Float32Array[]> {
    for (const picture of gallery.pictures) {
      if (known.has(picture)) continue;
      const { pooled } = await engine.remote.extractFeatures(modelImage(picture, model));
      known.set(picture, pooled);
    }
    return gallery.pictures.map((picture) => known.get(picture)!);
  }

  async function draw(current: FeatureSource): Promise<void> {
    const { engine, model, gallery } = current;
    const picture = gallery.pictures[gallery.chosen]!;
    const { pooled, picture: map, milliseconds } = await engine.remote.extractFeatures(modelImage(picture, model));
    known.set(picture, pooled);
    showTime('Features model', milliseconds.model);
    showTime('Principal components', milliseconds.components);
    drawPixels(requireElement('feature-map', HTMLCanvasElement), map.pixels, map.width, map.height);
    const features = await pooledFeatures(current);
    const found = timed('Nearest pictures', () =>
      nearest(centred(features), gallery.pictures.indexOf(picture), NEIGHBOURS),
    );
    requireElement('neighbours', HTMLElement).replaceChildren(
      ...found.map(({ index, cosine }) => neighbourItem(gallery.pictures[index]!, cosine)),
    );
  }

  const refresh = latestOnly(async () => {
    const current = source;
    if (current) await whileBusy(() => draw(current));
  }, complain);
  return {
    show(next) {
      if (next.engine !== source?.engine) known.clear();
      source = next;
      refresh();
    },
  };
}

function neighbourItem(picture: GalleryPicture, cosine: number): HTMLLIElement {
  const [item, name, value] = [
    document.createElement('li'),
    document.createElement('span'),
    document.createElement('data'),
  ];
  name.textContent = picture.name;
  value.value = String(cosine);
  value.textContent = cosine.toFixed(3);
  item.append(thumbnailOf(picture), name, value);
  return item;
}
