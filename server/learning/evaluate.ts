import type { Judged } from '../../shared/training/metrics.ts'
import { argmax, softmax } from './softmax.ts'

/** Guesses from logits beside the truth. */
export function judge(
  logits: Float32Array,
  classIds: readonly string[],
  truths: readonly string[],
): Judged[] {
  return truths.map((truth, index) => ({
    truth,
    guess: classIds[argmax(logits, index * classIds.length, classIds.length)] ?? '',
  }))
}

/** Mean negative log-likelihood of the truths, in nats, at a temperature. Every truth is one of `classIds`. */
export function meanSurprise(
  logits: Float32Array,
  classIds: readonly string[],
  truths: readonly string[],
  temperature: number,
): number {
  const probabilities = softmax(logits, classIds.length, temperature)
  const sum = truths.reduce((total, truth, index) => {
    const probability = probabilities[index * classIds.length + classIds.indexOf(truth)] ?? 0
    return total - Math.log(Math.max(probability, 1e-12))
  }, 0)
  return truths.length > 0 ? sum / truths.length : 0
}

const COLDEST = 0.5
const HOTTEST = 4
const SEARCH_STEPS = 24

/** The temperature in 0.5..4 under which the truths are least surprising, by golden-section search on its logarithm. */
export function fitTemperature(
  logits: Float32Array,
  classIds: readonly string[],
  truths: readonly string[],
): number {
  const golden = (Math.sqrt(5) - 1) / 2
  const surprise = (log: number): number => meanSurprise(logits, classIds, truths, Math.exp(log))
  let low = Math.log(COLDEST)
  let high = Math.log(HOTTEST)
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const reach = golden * (high - low)
    if (surprise(high - reach) < surprise(low + reach)) high = low + reach
    else low = high - reach
  }
  return Math.exp((low + high) / 2)
}
