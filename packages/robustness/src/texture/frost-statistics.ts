/** What of a texture's makings is not a figure of the photograph itself: chosen so that its crops have the photograph's figures. */
export interface FrostShape {
  /** Slopes from the middle to the right and to the lower edge, and how much brighter edges are than the middle; in deviations. */
  readonly across: number;
  readonly down: number;
  readonly edge: number;
  /** Power below 1/64 cycles per pixel, of the spectrum's first value: the slow changes leak into it. */
  readonly slowest: number;
  /** Deviation of the logarithm of the local contrast. */
  readonly contrast: number;
}

/** Figures of one of the six frost photographs of the reference. */
export interface FrostStatistics {
  /** The file's name without its ending. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Of red, green and blue, 0 to 255. */
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
  /** Red with green, red with blue, green with blue. */
  readonly correlation: readonly [number, number, number];
  /** Of the mean of the channels: 1, 5, 25, 50, 75, 95 and 99 %. */
  readonly percentiles: readonly number[];
  /**
   * |F|² / (HW) of 224 px crops in [0, 1] under a Hann window, mean of the channels, in 32 rings of 1/64 cycles per pixel each,
   * from DC (left out) to 0.5.
   */
  readonly spectrum: readonly number[];
  readonly shape: FrostShape;
}

/** Measured on the photographs that come with hendrycks/robustness (its `frost1.png` to `frost6.jpg`). */
export const FROST_STATISTICS: readonly FrostStatistics[] = [
  {
    name: 'frost1',
    width: 900,
    height: 600,
    mean: [77.667, 149.117, 165.736],
    deviation: [26.913, 16.476, 15.331],
    correlation: [0.8236, 0.5744, 0.9327],
    percentiles: [97.0, 104.0, 117.67, 129.0, 142.33, 163.33, 177.33],
    spectrum: [
      2.5498, 0.13267, 0.028747, 0.01315, 0.0093001, 0.0077043, 0.0067155, 0.0057947, 0.005381, 0.0050681, 0.0045737,
      0.0042322, 0.0042798, 0.0039555, 0.0036138, 0.0034284, 0.0031345, 0.0029289, 0.0026496, 0.0023852, 0.0021496,
      0.0018977, 0.0016377, 0.0014257, 0.0012765, 0.0010865, 0.00092, 0.00078327, 0.00065904, 0.00055642, 0.00049107,
      0.00043249,
    ],
    shape: { across: -0.76, down: -0.7, edge: 0.25, slowest: 1.8, contrast: 0.84 },
  },
  {
    name: 'frost2',
    width: 560,
    height: 315,
    mean: [200.793, 205.377, 214.482],
    deviation: [21.366, 22.087, 22.572],
    correlation: [0.9956, 0.99, 0.995],
    percentiles: [141.33, 166.0, 195.0, 210.33, 222.33, 236.33, 245.0],
    spectrum: [
      1.4631, 0.21073, 0.10456, 0.075459, 0.049369, 0.029947, 0.021672, 0.014578, 0.012481, 0.0089352, 0.0090472,
      0.0092157, 0.0068888, 0.0055029, 0.0050761, 0.0044786, 0.0040519, 0.0035647, 0.0031339, 0.0027701, 0.0024714,
      0.0021608, 0.0020057, 0.0015977, 0.001308, 0.0010671, 0.00095954, 0.00075727, 0.00061289, 0.000502, 0.00042939,
      0.00033336,
    ],
    shape: { across: -0.9, down: -0.5, edge: 1.2, slowest: 1.1, contrast: 0.45 },
  },
  {
    name: 'frost3',
    width: 560,
    height: 315,
    mean: [200.793, 205.377, 214.482],
    deviation: [21.366, 22.087, 22.572],
    correlation: [0.9956, 0.99, 0.995],
    percentiles: [141.33, 166.0, 195.0, 210.33, 222.33, 236.33, 245.0],
    spectrum: [
      1.4636, 0.22187, 0.11128, 0.081661, 0.05202, 0.031534, 0.02275, 0.015179, 0.013148, 0.0093412, 0.0094844,
      0.010022, 0.0072286, 0.0056576, 0.0053047, 0.0046488, 0.0041937, 0.0037319, 0.0032527, 0.0028947, 0.0025703,
      0.0022627, 0.0020968, 0.001658, 0.0013297, 0.0010835, 0.00098221, 0.00077059, 0.00062717, 0.00051125, 0.00043546,
      0.00033967,
    ],
    shape: { across: -1, down: -0.55, edge: 1.3, slowest: 1.4, contrast: 0.62 },
  },
  {
    name: 'frost4',
    width: 527,
    height: 350,
    mean: [137.62, 152.773, 165.176],
    deviation: [28.479, 28.494, 29.855],
    correlation: [0.9975, 0.9914, 0.993],
    percentiles: [82.0, 104.0, 134.0, 152.0, 169.0, 198.67, 233.67],
    spectrum: [
      1.2574, 0.24282, 0.15108, 0.11121, 0.066965, 0.050281, 0.048607, 0.03731, 0.035962, 0.030163, 0.025726, 0.021767,
      0.020645, 0.017632, 0.014827, 0.014228, 0.012323, 0.010462, 0.010145, 0.0092612, 0.0076804, 0.0073588, 0.0060298,
      0.0054866, 0.0044042, 0.0039407, 0.0033194, 0.0028822, 0.0023764, 0.0019736, 0.0016409, 0.0014578,
    ],
    shape: { across: -0.6, down: -0.1, edge: -1.28, slowest: 1.2, contrast: 0.68 },
  },
  {
    name: 'frost5',
    width: 660,
    height: 495,
    mean: [112.376, 123.368, 134.752],
    deviation: [44.422, 43.26, 41.664],
    correlation: [0.9994, 0.9977, 0.9991],
    percentiles: [45.0, 60.0, 91.67, 119.0, 150.67, 203.33, 237.67],
    spectrum: [
      3.6241, 1.1075, 0.41729, 0.20077, 0.12921, 0.093812, 0.066631, 0.052369, 0.040198, 0.032361, 0.026508, 0.022903,
      0.018964, 0.016154, 0.014828, 0.013181, 0.011314, 0.010071, 0.0091399, 0.0085745, 0.0076942, 0.0068789, 0.006566,
      0.0061904, 0.0057649, 0.0051395, 0.0048766, 0.0046816, 0.0044522, 0.0043013, 0.0040927, 0.0039927,
    ],
    shape: { across: -0.55, down: -0.25, edge: 1.07, slowest: 1.4, contrast: 0.54 },
  },
  {
    name: 'frost6',
    width: 485,
    height: 323,
    mean: [71.436, 95.413, 104.504],
    deviation: [35.233, 42.718, 47.365],
    correlation: [0.9774, 0.9403, 0.9765],
    percentiles: [16.33, 28.67, 57.0, 88.67, 121.0, 160.33, 186.15],
    spectrum: [
      11.736, 0.78147, 0.27335, 0.14778, 0.10146, 0.071882, 0.047704, 0.048109, 0.034998, 0.029112, 0.024717, 0.022175,
      0.019448, 0.017547, 0.014355, 0.011928, 0.010563, 0.0094177, 0.0078543, 0.0073587, 0.0059515, 0.0052865,
      0.0046601, 0.0036189, 0.0033467, 0.0028737, 0.0023897, 0.0021435, 0.0020092, 0.0017491, 0.0015914, 0.0014385,
    ],
    shape: { across: -0.54, down: -0.3, edge: 0.63, slowest: 2.1, contrast: 0.67 },
  },
];
