import { describe, expect, it } from 'vitest'
import { carryStrokes } from '../../../client/features/projects/carry-strokes.ts'
import { readClassNames, splitClassNames } from '../../../client/features/projects/class-names.ts'
import { readName } from '../../../client/features/projects/person-name.ts'
import { isWholeCode, readCode } from '../../../client/features/projects/read-code.ts'
import { thumbnailStrokes } from '../../../client/features/projects/thumbnail-strokes.ts'
import { joinLink, ownerLink, shareOrigin } from '../../../client/features/share/share-link.ts'
import { ownerSecretOf, takeOwnerSecret, dropOwnerSecret } from '../../../client/app/owner-secret.ts'
import { bodySchemas } from '../../../shared/protocol/rest.ts'

const page = (origin: string): { origin: string; hostname: string; protocol: string; port: string } => {
  const { hostname, protocol, port } = new URL(origin)
  return { origin, hostname, protocol, port }
}

describe('joining', () => {
  it.each([
    ['khn tac', 'KHNTAC'],
    [' KHN-TAC ', 'KHNTAC'],
    ['KHNTACXYZ', 'KHNTAC'],
    ['http://192.168.1.20:3000/join/khntac', 'KHNTAC'],
    ['', ''],
  ])('[JOIN-1] reads %j as the code %j', (typed, code) => {
    expect(readCode(typed)).toBe(code)
    expect(isWholeCode(readCode(typed))).toBe(code.length === 6)
  })

  it('[JOIN-2] asks for a name: nothing but spaces is missing, too many letters are too long', () => {
    expect(readName('  Mia \n Lind ')).toEqual({ name: 'Mia Lind', fault: null })
    expect(readName(' \u200b ').fault).toBe('missing')
    expect(readName('x'.repeat(41)).fault).toBe('too-long')
  })

  it('[JOIN-3] keeps the secret of an owner link out of the address and forgets it once used', () => {
    expect(takeOwnerSecret('p1', '#top')).toBe(false)
    expect(takeOwnerSecret('p1', '#owner=abc')).toBe(true)
    expect(ownerSecretOf('p2')).toBeNull()
    expect(ownerSecretOf('p1')).toBe('abc')
    dropOwnerSecret()
    expect(ownerSecretOf('p1')).toBeNull()
  })

  it('[JOIN-4] shares an address others can reach, or says that there is none', () => {
    expect(shareOrigin(page('http://192.168.1.20:3000'), [])).toBe('http://192.168.1.20:3000')
    expect(shareOrigin(page('http://127.0.0.1:3000'), [])).toBeNull()
    expect(shareOrigin(page('http://localhost:3000'), ['http://10.0.0.5:3000/'])).toBe('http://10.0.0.5:3000')
    expect(shareOrigin(page('http://localhost:3000'), ['10.0.0.5'])).toBe('http://10.0.0.5:3000')
    expect(shareOrigin(page('http://localhost:3000'), ['10.0.0.5:8080'])).toBe('http://10.0.0.5:8080')
    expect(joinLink('http://10.0.0.5:3000', 'KHNTAC')).toBe('http://10.0.0.5:3000/join/KHNTAC')
    expect(new URL(ownerLink('http://10.0.0.5:3000', 'p1', 's3')).hash).toBe('#owner=s3')
  })
})

describe('home', () => {
  it('[HOME-1] carries strokes over as the server takes them, and thumbnails read them back', () => {
    const stroke = {
      at: 5,
      xs: Float32Array.from([1, 2, 3.5]),
      ys: Float32Array.from([4, 5, 6]),
      pressures: null,
      times: null,
    }
    const strokes = carryStrokes([{ id: 'a1', stroke }])
    const body = bodySchemas['POST /projects'].parse({ name: 'x', template: 'digits', strokes })
    expect(thumbnailStrokes(body.strokes?.map(({ base64 }) => base64) ?? [])).toEqual([stroke])
  })

  it('[HOME-1] leaves out a thumbnail stroke that cannot be read', () => {
    expect(thumbnailStrokes(['', '!!', 'AAAA'])).toEqual([])
  })

  it('[HOME-2] reads class names: tidied, empty ones left out, two of a kind and too few named', () => {
    expect(readClassNames([' cat', 'dog ', ''])).toEqual({ names: ['cat', 'dog'], fault: null })
    expect(readClassNames(['cat', 'Cat']).fault).toEqual({ kind: 'twice', name: 'Cat' })
    expect(readClassNames(['cat', ' ']).fault).toEqual({ kind: 'too-few' })
    expect(splitClassNames('cat, dog\nbird;')).toEqual(['cat', 'dog', 'bird'])
  })
})
