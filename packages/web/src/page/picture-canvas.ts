import type { Rgba } from '../picture/pixels.ts';

/** Draws a square picture, pixel by pixel; the style sheet scales it. */
export function drawPicture(canvas: HTMLCanvasElement, pixels: Rgba): void {
  const side = Math.sqrt(pixels.length / 4);
  drawPixels(canvas, pixels, side, side);
}

/** Draws a picture of any sides. */
export function drawPixels(canvas: HTMLCanvasElement, pixels: Rgba, width: number, height: number): void {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  canvas.getContext('2d')!.putImageData(new ImageData(pixels, width, height), 0, 0);
}
