/** Learning rates to choose from: from the least to the most allowed, in thirds of a decade. */
export const RATES = [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2] as const

/** Index of the rate nearest by ratio. */
export function stepOfRate(rate: number): number {
  let best = 0
  for (const [index, one] of RATES.entries()) {
    if (Math.abs(Math.log(one / rate)) < Math.abs(Math.log((RATES[best] ?? one) / rate))) best = index
  }
  return best
}

export function rateAt(step: number): number {
  return RATES[step] ?? RATES[RATES.length - 1] ?? 1e-3
}

/** As people write it: 0.001 rather than 1e-3. */
export function rateText(rate: number): string {
  return rate.toLocaleString('en', { maximumSignificantDigits: 2, maximumFractionDigits: 6 })
}
