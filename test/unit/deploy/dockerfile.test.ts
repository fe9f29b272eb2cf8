import { existsSync, readFileSync } from 'node:fs'
import { validate } from 'dockerfile-utils'
import { describe, expect, it } from 'vitest'

const root = new URL('../../../', import.meta.url)
const text = readFileSync(new URL('server/Dockerfile', root), 'utf8')

interface Stage {
  readonly name: string
  readonly image: string
  readonly lines: readonly string[]
}

const stages = text
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, '')
  .split(/^(?=FROM )/m)
  .filter((part) => part.startsWith('FROM '))
  .map((part): Stage => {
    const [from = '', ...lines] = part.trim().split('\n')
    const [, image = '', , name = ''] = from.split(' ')
    return { name, image, lines }
  })
const images = stages.filter(({ name }) => name === 'gpu' || name === 'app')

describe('server/Dockerfile', () => {
  it('[DEPLOY-3] has no fault that a linter finds', () => {
    expect(validate(text)).toEqual([])
    expect(validate('FRM node')).not.toEqual([])
  })

  it('[DEPLOY-3] makes an image for every computer and one with CUDA, of pinned bases; the first is made unasked', () => {
    expect(stages.map(({ name }) => name)).toEqual(['build', 'tensorflow', 'gpu', 'app'])
    for (const { name, image } of stages)
      expect(image).toMatch(name === 'tensorflow' ? /^build$/ : /:\d+[\w.-]*$/)
    const lines = (wanted: string): string =>
      stages.find(({ name }) => name === wanted)?.lines.join('\n') ?? ''
    expect(lines('tensorflow')).toContain('setup-tensorflow.js --gpu')
    expect(lines('gpu')).toContain('COPY --from=tensorflow /app/.tensorflow .tensorflow')
  })

  it.each(images)(
    '[DEPLOY-3] $name tells how it is, runs as nobody special, and Node itself gets the signals',
    ({ lines }) => {
      const of = (instruction: string): string[] =>
        lines
          .filter((line) => line.startsWith(`${instruction} `))
          .map((line) => line.slice(instruction.length + 1))
      expect(of('HEALTHCHECK').join()).toContain('/ready')
      expect(of('USER')).toEqual([expect.stringMatching(/^(node|1000:1000)$/)])
      expect(of('CMD')).toEqual(['["node", "dist/server/main.js"]'])
      expect(of('ENTRYPOINT')).toEqual([])
      expect(of('VOLUME')).toEqual(['/data'])
      expect(of('ENV').join()).toMatch(/HOST=0\.0\.0\.0 PORT=3000 DATA_DIR=\/data/)
      const userAt = lines.findIndex((line) => line.startsWith('USER '))
      expect(lines.slice(userAt).filter((line) => line.startsWith('RUN '))).toEqual([])
    },
  )

  it('[DEPLOY-3] what is copied is there, and what a build leaves is not sent to it', () => {
    const copied = stages
      .flatMap(({ lines }) => lines)
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1))
    expect(copied.length).toBeGreaterThan(4)
    for (const path of copied) expect(existsSync(new URL(path, root)), path).toBe(true)
    const ignored = readFileSync(new URL('.dockerignore', root), 'utf8').split('\n')
    expect(ignored).toEqual(expect.arrayContaining(['node_modules', 'dist', 'data', '.git', '.tensorflow']))
  })
})
