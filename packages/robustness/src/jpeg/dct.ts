/**
 * The 8×8 integer cosine transforms of libjpeg (`jfdctint.c`, `jidctint.c`, the "islow" method), after Loeffler,
 * Ligtenberg and Moschytz (1989). Integer arithmetic makes the result reproducible to the bit.
 */
const CONST_BITS = 13;
const PASS1_BITS = 2;

const C0_298 = 2446;
const C0_390 = 3196;
const C0_541 = 4433;
const C0_765 = 6270;
const C0_899 = 7373;
const C1_175 = 9633;
const C1_501 = 12299;
const C1_847 = 15137;
const C1_961 = 16069;
const C2_053 = 16819;
const C2_562 = 20995;
const C3_072 = 25172;

const descale = (x: number, bits: number) => (x + (1 << (bits - 1))) >> bits;

/** One forward pass over eight values `step` apart; even outputs 0 and 4 carry no fixed-point factor. */
function forwardLine(d: Int32Array, at: number, step: number, isSecond: boolean): void {
  const bits = isSecond ? CONST_BITS + PASS1_BITS : CONST_BITS - PASS1_BITS;
  const [i1, i2, i3] = [at + step, at + 2 * step, at + 3 * step];
  const [i4, i5, i6, i7] = [at + 4 * step, at + 5 * step, at + 6 * step, at + 7 * step];
  const s07 = d[at]! + d[i7]!;
  const s16 = d[i1]! + d[i6]!;
  const s25 = d[i2]! + d[i5]!;
  const s34 = d[i3]! + d[i4]!;
  const d07 = d[at]! - d[i7]!;
  const d16 = d[i1]! - d[i6]!;
  const d25 = d[i2]! - d[i5]!;
  const d34 = d[i3]! - d[i4]!;

  const sum = s07 + s34 + s16 + s25;
  const difference = s07 + s34 - s16 - s25;
  d[at] = isSecond ? descale(sum, PASS1_BITS) : sum << PASS1_BITS;
  d[i4] = isSecond ? descale(difference, PASS1_BITS) : difference << PASS1_BITS;
  const even13 = s07 - s34;
  const even12 = s16 - s25;
  const rotated = (even12 + even13) * C0_541;
  d[i2] = descale(rotated + even13 * C0_765, bits);
  d[i6] = descale(rotated - even12 * C1_847, bits);

  const z5 = (d34 + d16 + d25 + d07) * C1_175;
  const z1 = -(d34 + d07) * C0_899;
  const z2 = -(d25 + d16) * C2_562;
  const z3 = z5 - (d34 + d16) * C1_961;
  const z4 = z5 - (d25 + d07) * C0_390;
  d[i7] = descale(d34 * C0_298 + z1 + z3, bits);
  d[i5] = descale(d25 * C2_053 + z2 + z4, bits);
  d[i3] = descale(d16 * C3_072 + z2 + z3, bits);
  d[i1] = descale(d07 * C1_501 + z1 + z4, bits);
}

/** One inverse pass over eight values `step` apart. */
function inverseLine(d: Int32Array, at: number, step: number, bits: number): void {
  const [i1, i2, i3] = [at + step, at + 2 * step, at + 3 * step];
  const [i4, i5, i6, i7] = [at + 4 * step, at + 5 * step, at + 6 * step, at + 7 * step];
  const rotated = (d[i2]! + d[i6]!) * C0_541;
  const even2 = rotated - d[i6]! * C1_847;
  const even3 = rotated + d[i2]! * C0_765;
  const even0 = (d[at]! + d[i4]!) << CONST_BITS;
  const even1 = (d[at]! - d[i4]!) << CONST_BITS;

  const [o1, o3, o5, o7] = [d[i1]!, d[i3]!, d[i5]!, d[i7]!];
  const z5 = (o7 + o3 + o5 + o1) * C1_175;
  const z1 = -(o7 + o1) * C0_899;
  const z2 = -(o5 + o3) * C2_562;
  const z3 = z5 - (o7 + o3) * C1_961;
  const z4 = z5 - (o5 + o1) * C0_390;
  const odd0 = o7 * C0_298 + z1 + z3;
  const odd1 = o5 * C2_053 + z2 + z4;
  const odd2 = o3 * C3_072 + z2 + z3;
  const odd3 = o1 * C1_501 + z1 + z4;

  d[at] = descale(even0 + even3 + odd3, bits);
  d[i7] = descale(even0 + even3 - odd3, bits);
  d[i1] = descale(even1 + even2 + odd2, bits);
  d[i6] = descale(even1 + even2 - odd2, bits);
  d[i2] = descale(even1 - even2 + odd1, bits);
  d[i5] = descale(even1 - even2 - odd1, bits);
  d[i3] = descale(even0 - even3 + odd0, bits);
  d[i4] = descale(even0 - even3 - odd0, bits);
}

/** Forward DCT in place of a block of samples less 128, row-major; the result is scaled by 8. */
export function forwardDct(block: Int32Array): void {
  for (let i = 0; i < 8; i++) forwardLine(block, 8 * i, 1, false);
  for (let i = 0; i < 8; i++) forwardLine(block, i, 8, true);
}

/** Inverse DCT in place of dequantised coefficients, row-major; the result is samples less 128, not limited to bytes. */
export function inverseDct(block: Int32Array): void {
  for (let i = 0; i < 8; i++) inverseLine(block, i, 8, CONST_BITS - PASS1_BITS);
  for (let i = 0; i < 8; i++) inverseLine(block, 8 * i, 1, CONST_BITS + PASS1_BITS + 3);
}
