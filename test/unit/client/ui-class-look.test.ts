import { describe, expect, it } from 'vitest'
import { ANIMAL_PATHS } from '../../../client/ui/animal-paths.ts'
import { classLook, SHAPE_PATHS } from '../../../client/ui/class-look.ts'
import { sparklinePaths } from '../../../client/ui/sparkline-path.ts'
import { animals } from '../../../shared/protocol/entities.ts'
import { MAX_CLASSES } from '../../../shared/protocol/limits.ts'

describe('looks', () => {
  it('[UI-2] gives each of the most classes a room may have its own pair of colour and shape', () => {
    const looks = Array.from({ length: MAX_CLASSES }, (_, index) => classLook(index + 1))
    expect(new Set(looks.map(({ colour, shape }) => `${colour} ${shape}`)).size).toBe(MAX_CLASSES)
  })

  it('[UI-2] starts the colours over at the thirteenth class, with the next shape', () => {
    expect(classLook(13)).toMatchObject({ colour: classLook(1).colour, shape: SHAPE_PATHS[1] })
  })

  it('[UI-3] has a drawing of every animal', () => {
    expect(Object.keys(ANIMAL_PATHS).sort()).toEqual([...animals].sort())
  })

  it('[UI-4] draws a sparkline from edge to edge, clamped to its scale, the newest point marked', () => {
    const scale = { width: 200, height: 40, min: 0, max: 1 }
    const { line, band, now } = sparklinePaths([{ y: 0 }, { y: 2 }, { y: 0.5, low: 0.25, high: 0.75 }], scale)
    expect(line).toBe('M0.0 40.0L100.0 0.0L200.0 20.0')
    expect(band.endsWith('Z')).toBe(true)
    expect(now).toEqual({ x: 200, y: 20 })
    expect(sparklinePaths([], scale)).toEqual({ line: '', band: '', now: null })
  })
})
