import type { Scored } from './evaluate.ts'

/** Mean negative log-likelihood, nats, of the labels under softmax(logits / temperature). */
export function likelihoodLoss({ logits, labels }: Scored, temperature: number): number {
  const classes = logits.length / Math.max(1, labels.length)
  let sum = 0
  labels.forEach((label, place) => {
    const row = logits.subarray(place * classes, (place + 1) * classes)
    const greatest = Math.max(...row)
    const total = row.reduce((whole, logit) => whole + Math.exp((logit - greatest) / temperature), 0)
    sum += Math.log(total) - ((row[label] ?? 0) - greatest) / temperature
  })
  return sum / Math.max(1, labels.length)
}

/** The temperature in 0.25..4 with the least loss (Guo et al. 2017), by golden-section search. */
export function fitTemperature(scored: Scored): number {
  const ratio = (Math.sqrt(5) - 1) / 2
  let low = Math.log(0.25)
  let high = Math.log(4)
  for (let round = 0; round < 30; round++) {
    const first = high - ratio * (high - low)
    const second = low + ratio * (high - low)
    if (likelihoodLoss(scored, Math.exp(first)) < likelihoodLoss(scored, Math.exp(second))) high = second
    else low = first
  }
  return Math.exp((low + high) / 2)
}
