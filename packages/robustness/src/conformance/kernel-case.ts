import type { TableSize } from '../corruption/corruption.ts';
import { zoomBlur } from '../corruption/zoom-blur.ts';
import { arange } from '../image/arange.ts';
import { diskKernel } from '../image/disk-kernel.ts';
import { motionKernel } from '../image/motion-filter.ts';
import { quantisationTables } from '../jpeg/quantisation.ts';
import { type CorruptionCheck, equalCheck, numbersCheck } from './check.ts';
import type { GoldenFolder } from './golden-folder.ts';

const numbers = (key: string) => key.split(',').map(Number) as [number, number];

/** Kernels of the blurs, factors of the zoom and tables of JPEG, as the manifest lists them. Kernels are stored with ten digits. */
export function checkKernels({ manifest }: GoldenFolder): CorruptionCheck[] {
  const { disk_kernels = {}, motion_kernels = {}, zoom_factors = {}, jpeg_quant_tables = {} } = manifest;
  return [
    ...Object.entries(disk_kernels).map(([key, { kernel }]) =>
      numbersCheck(`disk ${key}`, diskKernel(...numbers(key)).weights, kernel.flat(), 1e-9),
    ),
    ...Object.entries(motion_kernels).map(([key, kernel]) =>
      numbersCheck(`motion ${key}`, motionKernel(...numbers(key), 0).weights, kernel, 1e-9),
    ),
    ...Object.entries(zoom_factors).map(([size, rows]) => {
      const made = zoomBlur.severities[Number(size) as TableSize].map((row) => Array.from(arange(...row)));
      return equalCheck(`zoom factors ${size}`, made, rows);
    }),
    ...Object.entries(jpeg_quant_tables).flatMap(([quality, { luma, chroma }]) => {
      const tables = quantisationTables(Number(quality));
      return [
        numbersCheck(`JPEG luma ${quality}`, tables.luma, luma, 0),
        numbersCheck(`JPEG chroma ${quality}`, tables.chroma, chroma, 0),
      ];
    }),
  ];
}
