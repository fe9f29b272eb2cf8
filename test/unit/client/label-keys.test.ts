import { describe, expect, it } from 'vitest'
import { chipKeys, classOfKey, keySpan } from '../../../client/features/label/chip-keys.ts'
import { flightPath } from '../../../client/features/label/flight-path.ts'
import { nameFault } from '../../../client/features/label/name-fault.ts'

const classes = (...names: string[]) =>
  names.map((name, index) => ({ id: `id${String(index)}`, name, number: index + 1, count: 0 }))

describe('the keys of the piles', () => {
  it('[LABELUI-1] gives the first ten classes 1 to 9 and 0', () => {
    const eleven = classes('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k')
    const keys = chipKeys(eleven)
    expect(eleven.map(({ id }) => keys.get(id))).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
      '0',
      undefined,
    ])
    expect(keySpan(eleven, keys)).toEqual({ first: '1', last: '0' })
  })

  it('[LABELUI-1] gives a digit its own key', () => {
    const digits = classes('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
    const keys = chipKeys(digits)
    expect(digits.every(({ id, name }) => keys.get(id) === name)).toBe(true)
    expect(classOfKey('7', keys)).toBe('id7')
  })

  it('[LABELUI-1] lets a digit keep its key among other names', () => {
    const mixed = classes('cat', '1', 'dog')
    const keys = chipKeys(mixed)
    expect(mixed.map(({ id }) => keys.get(id))).toEqual([undefined, '1', '3'])
    expect(classOfKey('9', keys)).toBeNull()
  })

  it('[LABELUI-2] finds what is wrong with a name before the server does', () => {
    const known = classes('cat', 'dog')
    expect(nameFault('  ', known)).toBe('missing')
    expect(nameFault('x'.repeat(41), known)).toBe('tooLong')
    expect(nameFault(' CAT ', known)).toBe('twice')
    expect(nameFault('CAT', known, 'id0')).toBeNull()
    expect(nameFault('fish', known)).toBeNull()
  })
})

it('[LABELUI-4] flies from the pad into the middle of the pile along one arc', () => {
  const path = flightPath(
    { left: 0, top: 0, width: 400, height: 400 },
    { left: 580, top: 480, width: 40, height: 40 },
  )
  expect(path[0]?.transform).toContain('translate(0.0px, 0.0px)')
  expect(path.at(-1)?.transform).toContain('translate(400.0px, 300.0px)')
  expect(path.at(-1)?.transform).toContain('scale(0.100)')
})
