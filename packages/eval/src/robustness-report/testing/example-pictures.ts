import { createRandom } from '@mfm/data';
import { drawImage, type Picture } from '@mfm/report';
import { CORRUPTIONS, SEVERITIES } from '@mfm/robustness';
import type { ExampleTable, ReportPictures } from '../report-pictures.ts';

/** Tables of small made-up pictures. */
export async function examplePictures(model: string): Promise<ReportPictures> {
  const random = createRandom(1);
  const picture = async (text: string, caption?: string): Promise<Picture> => ({
    source: await drawImage(
      Float32Array.from({ length: 3 * 64 }, () => random.uniform()),
      8,
    ),
    text,
    caption,
  });
  const table = async (columns: readonly string[], rows: readonly string[]): Promise<ExampleTable> => ({
    columns,
    rows: await Promise.all(
      rows.map(async (name) => ({
        name,
        pictures: await Promise.all(columns.map((column) => picture(`${name}, ${column}`))),
      })),
    ),
  });
  return {
    corruptions: await table(
      SEVERITIES.map((severity) => `severity ${severity}`),
      CORRUPTIONS.slice(0, 3).map(({ name }) => name),
    ),
    filters: await table(['2.29', '4.57'], ['low-pass/disc']),
    attacks: [{ model, attack: 'pgd', examples: await table(['clean', 'adversarial', 'added', 'spectrum'], ['cat']) }],
  };
}
