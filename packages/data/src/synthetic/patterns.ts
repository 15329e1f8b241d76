/**
 * A figure or texture: signed distance of a point to its outline, negative inside. Figures are about one unit in radius
 * around the origin; textures fill the plane with period one.
 */
export interface Pattern {
  name: string;
  isTexture: boolean;
  distance(u: number, v: number): number;
}

/** Distance from the centre of the unit cell, 0 … 0.5. */
const fold = (u: number) => Math.abs(u - Math.floor(u) - 0.5);

/** Sides of an equilateral triangle as outward normals. */
const TRIANGLE = [90, 210, 330].map((degrees) => {
  const angle = (degrees * Math.PI) / 180;
  return [Math.cos(angle), Math.sin(angle)] as const;
});

function star(u: number, v: number): number {
  const sector = (2 * Math.PI) / 5;
  const angle = Math.abs(Math.atan2(v, u) - sector * Math.round(Math.atan2(v, u) / sector));
  // From the tip (radius 1.1) the edge runs straight to the notch (radius 0.42) half a sector on.
  const r = Math.hypot(u, v);
  const [x, y] = [r * Math.cos(angle), r * Math.sin(angle)];
  const [nx, ny] = [0.42 * Math.cos(sector / 2), 0.42 * Math.sin(sector / 2)];
  const [ex, ey] = [nx - 1.1, ny];
  return -(ex * y - ey * (x - 1.1)) / -Math.hypot(ex, ey);
}

/** The ten classes, in label order. */
export const PATTERNS: readonly Pattern[] = [
  { name: 'disc', isTexture: false, distance: (u, v) => Math.hypot(u, v) - 0.9 },
  { name: 'square', isTexture: false, distance: (u, v) => Math.max(Math.abs(u), Math.abs(v)) - 0.8 },
  {
    name: 'triangle',
    isTexture: false,
    distance: (u, v) => Math.max(...TRIANGLE.map(([nx, ny]) => nx * u + ny * v)) - 0.55,
  },
  { name: 'star', isTexture: false, distance: star },
  {
    name: 'cross',
    isTexture: false,
    distance: (u, v) => Math.max(Math.min(Math.abs(u), Math.abs(v)) - 0.3, Math.max(Math.abs(u), Math.abs(v)) - 1),
  },
  { name: 'stripes', isTexture: true, distance: (u) => fold(u) - 0.25 },
  {
    name: 'checks',
    isTexture: true,
    distance(u, v) {
      const [a, b] = [fold(u) - 0.25, fold(v) - 0.25];
      return -Math.sign(a * b) * Math.min(Math.abs(a), Math.abs(b));
    },
  },
  { name: 'dots', isTexture: true, distance: (u, v) => Math.hypot(fold(u), fold(v)) - 0.3 },
  { name: 'lattice', isTexture: true, distance: (u, v) => Math.min(fold(u), fold(v)) - 0.13 },
  { name: 'rings', isTexture: true, distance: (u, v) => fold(Math.hypot(u, v)) - 0.25 },
];
