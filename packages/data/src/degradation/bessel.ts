/**
 * Bessel function of the first kind and order one, to about 1e-15 absolute.
 *
 * Bessel's integral J₁(x) = 1/π ∫₀^π cos(τ − x sin τ) dτ by the trapezoidal rule. The integrand is periodic and analytic,
 * so that n points over the period leave an error of the size of Jₙ₋₁(x) alone, which vanishes once n exceeds |x| by some tens.
 * Costs O(|x|).
 *
 * @param x any finite number
 */
export function besselJ1(x: number): number {
  // Half of the points: the integrand is even.
  const half = Math.ceil(Math.abs(x)) + 24;
  // The ends, τ = 0 and π, contribute cos 0 and cos π with half weight: nothing.
  let sum = 0;
  for (let i = 1; i < half; i++) {
    const angle = (Math.PI * i) / half;
    sum += Math.cos(angle - x * Math.sin(angle));
  }
  return sum / half;
}
