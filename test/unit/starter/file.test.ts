import { describe, expect, it } from 'vitest'
import { openBackend } from '../../../server/learning/backend/open.ts'
import { initialWeights } from '../../../server/learning/model/initialise.ts'
import { decodeStarter, encodeStarter } from '../../../server/learning/starter/file.ts'
import { loadStarter } from '../../../server/learning/starter/load.ts'
import { fitTemperature, likelihoodLoss } from '../../../server/learning/starter/temperature.ts'
import { RASTER_LENGTH, rasteriseInto } from '../../../shared/raster/rasterise.ts'
import { loadDigits } from '../../support/fixtures.ts'

const header = {
  classes: ['0', '1'],
  rasterVersion: 1,
  recipe: 'mnist' as const,
  seed: 5,
  epochs: 2,
  temperature: 1.25,
}

describe('the starter file', () => {
  const bytes = encodeStarter(header, initialWeights(1, { family: 'cnn', classes: 2 }))

  it('[STARTER-4] comes back as it was written', () => {
    const model = decodeStarter(bytes, 'digits.bin')
    expect(model).toMatchObject(header)
    const original = initialWeights(1, { family: 'cnn', classes: 2 })
    model.weights.forEach((weight, index) => {
      if (Math.abs(weight - (original[index] ?? NaN)) > 1e-3) expect.fail(`weight ${index}`)
    })
  })

  it('[STARTER-5] is refused, by name, where it is damaged', () => {
    const changed = bytes.slice()
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    expect(() => decodeStarter(changed, 'digits.bin')).toThrow(
      'digits.bin is no starter model: its weights do not',
    )
    expect(() => decodeStarter(bytes.subarray(0, -2), 'digits.bin')).toThrow('bytes of weights for 2 classes')
    expect(() => decodeStarter(bytes.subarray(0, 3), 'digits.bin')).toThrow(
      expect.objectContaining({ name: 'LearningError', code: 'starter-damaged' }),
    )
    expect(() => decodeStarter(bytes.subarray(0, 3), 'digits.bin')).toThrow('it is cut short')
    expect(() => decodeStarter(bytes.subarray(0, 40), 'digits.bin')).toThrow('it is cut short')
    expect(() => decodeStarter(Uint8Array.of(2, 0, 0, 0, 123, 125), 'digits.bin')).toThrow('lacks something')
    expect(() => decodeStarter(Uint8Array.of(1, 0, 0, 0, 123), 'digits.bin')).toThrow('is no JSON')
  })
})

describe('the shipped starter', () => {
  it('[STARTER-6] guesses drawn digits', async () => {
    const starter = loadStarter()
    expect(starter.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    const network = (await openBackend('wasm', () => undefined)).network({ family: 'cnn', classes: 10 })
    network.setWeights(starter.weights)
    const digits = loadDigits()
    const pixels = new Float32Array(digits.length * RASTER_LENGTH)
    digits.forEach(({ strokes }, index) => {
      rasteriseInto(pixels, index * RASTER_LENGTH, strokes, starter.recipe)
    })
    const logits = await network.logits(pixels, digits.length)
    network.dispose()
    const right = digits.filter(({ label }, index) => {
      const row = logits.subarray(index * 10, (index + 1) * 10)
      return starter.classes[row.indexOf(Math.max(...row))] === label
    })
    expect(right.length / digits.length).toBeGreaterThan(0.95)
  })

  it('says what to run where it is missing', () => {
    expect(() => loadStarter('file:///nowhere/at/all/')).toThrow('npm run starter makes it')
  })
})

describe('fitTemperature', () => {
  it('finds the temperature that makes logits honest', () => {
    // Nine of ten are right, but the logits claim far more.
    const labels = Uint8Array.from({ length: 100 }, (_, index) => (index % 10 === 0 ? 1 : 0))
    const logits = Float32Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? 2 * Math.log(9) : 0))
    const temperature = fitTemperature({ logits, labels })
    expect(temperature).toBeCloseTo(2, 2)
    expect(likelihoodLoss({ logits, labels }, temperature)).toBeLessThan(
      likelihoodLoss({ logits, labels }, 1),
    )
  })
})
