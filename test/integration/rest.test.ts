import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeStroke } from '../../shared/canvas/codec.ts'
import type { Role } from '../../shared/protocol/entities.ts'
import type {
  CreatedReply,
  JoinReply,
  OwnerLinkReply,
  ProjectReply,
  ProjectsReply,
  SessionReply,
} from '../../shared/protocol/rest.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { ask, type Answer, type Asked } from '../support/http.ts'

let server: TestApp
let owner: SessionReply
let editor: SessionReply
let viewer: SessionReply
let stranger: SessionReply
let created: CreatedReply

const api = (path: string, asked: Asked = {}): Promise<Answer> => ask(`${server.url}/api/v1${path}`, asked)
async function post<T>(path: string, body: unknown, token?: string): Promise<T> {
  const answer = await api(path, { method: 'POST', body, ...(token === undefined ? {} : { token }) })
  expect(answer.status, answer.text).toBeLessThan(300)
  return answer.json as T
}
const arrive = (name: string): Promise<SessionReply> => post<SessionReply>('/session', { name })

beforeAll(async () => {
  server = await startApp()
  owner = await arrive('Olga')
  editor = await arrive('Emil')
  viewer = await arrive('Vera')
  stranger = await arrive('Sam')
  created = await post<CreatedReply>('/projects', { name: 'Ours', template: 'digits' }, owner.token)
  await post('/join', { code: created.codes.editor }, editor.token)
  await post('/join', { code: created.codes.viewer }, viewer.token)
})
afterAll(async () => {
  await server.end()
})

function problem(code: string, status: number, path?: string) {
  return expect.objectContaining({ code, status, ...(path === undefined ? {} : { path }) }) as unknown
}

describe('sessions', () => {
  test('[REST-1] a name is enough for a session; markup in it stays plain text', async () => {
    const { user, joined, token } = await arrive('  <b>Mia</b> ')
    expect(user.name).toBe('<b>Mia</b>')
    expect(joined).toBeNull()
    expect(token.split('.')).toHaveLength(3)
  })

  test('[REST-1] with a code one arrives in the room', async () => {
    const { joined } = await post<SessionReply>('/session', { name: 'Lee', code: created.codes.editor })
    expect(joined).toEqual({ projectId: created.project.id, role: 'editor' })
  })

  test('[REST-1] with a token the person keeps their id and has another name', async () => {
    const again = await post<SessionReply>('/session', { name: 'Samuel' }, stranger.token)
    expect(again.user).toEqual({ ...stranger.user, name: 'Samuel' })
  })

  test.each([
    ['no name', {}, 'name'],
    ['an empty name', { name: '  ' }, 'name'],
    ['a name of 10,000 characters', { name: 'x'.repeat(10_000) }, 'name'],
    ['a number for a name', { name: 7 }, 'name'],
    ['a code of the wrong shape', { name: 'Kim', code: 'A!' }, 'code'],
  ])('[REST-2] %s is refused, naming the field', async (_what, body, path) => {
    const answer = await api('/session', { method: 'POST', body })
    expect(answer.status).toBe(400)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json).toEqual(problem('invalid', 400, path))
  })

  test.each([
    ['a body that is no JSON', '{"name": ', 'invalid', 400],
    ['a body that is a list', '[]', 'invalid', 400],
    ['an empty body', '', 'invalid', 400],
    ['a body that is too large', JSON.stringify({ name: 'x'.repeat(100_000) }), 'too-large', 413],
  ])('[REST-2] %s is refused', async (_what, body, code, status) => {
    const answer = await api('/session', { method: 'POST', body })
    expect(answer.json).toEqual(problem(code, status))
  })

  test('[REST-2] a body of another type is refused', async () => {
    const answer = await api('/session', {
      method: 'POST',
      body: 'name=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(answer.json).toEqual(problem('invalid', 400))
  })

  test('[REST-3] an unknown code is named and makes nobody', async () => {
    const answer = await api('/session', { method: 'POST', body: { name: 'Kim', code: 'AAAAAA' } })
    expect(answer.json).toEqual(problem('unknown-code', 404, 'code'))
  })

  test.each([
    ['nothing', undefined],
    ['rubbish', 'a.b.c'],
  ])('[REST-4] with %s for a token there are no projects', async (_what, token) => {
    const answer = await api('/projects', token === undefined ? {} : { token })
    expect(answer.json).toEqual(problem('unauthenticated', 401))
  })
})

describe('projects', () => {
  test('[REST-5] the creator owns the project and has two codes of six letters', () => {
    expect(created.project).toMatchObject({ name: 'Ours', template: 'digits' })
    expect(created.codes.editor).toMatch(/^[A-Z]{6}$/)
    expect(created.codes.viewer).toMatch(/^[A-Z]{6}$/)
  })

  test('[REST-5] a digits project has ten classes, an empty one its own', async () => {
    await post('/projects', { name: 'Animals', template: 'empty', classes: ['cat', 'dog'] }, viewer.token)
    const { json } = await api('/projects', { token: viewer.token })
    const cards = (json as ProjectsReply).projects
    expect(cards.map(({ project, role, classes }) => [project.name, role, classes]).sort()).toEqual([
      ['Animals', 'owner', 2],
      ['Ours', 'viewer', 10],
    ])
  })

  test.each([
    ['an unknown template', { name: 'x', template: 'cubes' }, 'invalid', 'template'],
    ['a class twice', { name: 'x', template: 'empty', classes: ['Cat', 'cat '] }, 'conflict', 'classes.1'],
    ['classes for digits', { name: 'x', template: 'digits', classes: ['cat'] }, 'invalid', 'classes'],
    [
      'too many classes',
      { name: 'x', template: 'empty', classes: Array.from({ length: 61 }, (_, i) => `c${String(i)}`) },
      'invalid',
      'classes',
    ],
    [
      'a stroke that is none',
      { name: 'x', template: 'digits', strokes: [{ id: 'a1', base64: 'AAAA' }] },
      'invalid',
      'strokes.0.base64',
    ],
    ['a long name', { name: 'x'.repeat(10_000), template: 'digits' }, 'invalid', 'name'],
  ])('[REST-6] %s makes no project', async (_what, body, code, path) => {
    const before = await api('/projects', { token: stranger.token })
    const answer = await api('/projects', { method: 'POST', body, token: stranger.token })
    expect(answer.json).toEqual(expect.objectContaining({ code, path }))
    expect((await api('/projects', { token: stranger.token })).json).toEqual(before.json)
  })

  test('[REST-7] strokes are carried over into the creator’s canvas', async () => {
    const stroke = {
      at: 5,
      xs: Float32Array.of(10, 20),
      ys: Float32Array.of(30, 40),
      pressures: null,
      times: null,
    }
    const base64 = Buffer.from(encodeStroke(stroke)).toString('base64')
    const body = { name: 'Carried', template: 'digits', strokes: [{ id: 'a1', base64 }] }
    const answer = await api('/projects', { method: 'POST', body, token: stranger.token })
    expect(answer.status).toBe(201)
  })

  test('[REST-8] codes are shown by role: all to owners, the editors’ to editors, none to viewers', async () => {
    const seenBy = async ({ token }: SessionReply) =>
      ((await api(`/projects/${created.project.id}`, { token })).json as ProjectReply).codes
    expect(await seenBy(owner)).toEqual(created.codes)
    expect(await seenBy(editor)).toEqual({ editor: created.codes.editor, viewer: null })
    expect(await seenBy(viewer)).toEqual({ editor: null, viewer: null })
  })

  test('[REST-9] unknown projects are named', async () => {
    for (const id of ['nothere', 'No%20Id', '..'])
      expect((await api(`/projects/${id}`, { token: owner.token })).status).toBe(404)
  })
})

describe('who may what over REST', () => {
  const allowed: [string, string, unknown, readonly Role[]][] = [
    ['GET', '', undefined, ['viewer', 'editor', 'owner']],
    ['PATCH', '', { name: 'Ours' }, ['owner']],
    ['POST', '/codes', { role: 'viewer', action: 'on' }, ['owner']],
    ['POST', '/owner-link', {}, ['owner']],
    ['DELETE', '/owner-link', undefined, ['owner']],
  ]
  for (const [method, path, body, roles] of allowed)
    test.each(['viewer', 'editor', 'owner', 'nobody'] as const)(
      `[ACCESS-5] ${method} project${path} as %s`,
      async (role) => {
        const { token } = { viewer, editor, owner, nobody: stranger }[role]
        const answer = await api(`/projects/${created.project.id}${path}`, { method, body, token })
        if (role !== 'nobody' && roles.includes(role)) expect(answer.status).toBeLessThan(300)
        else expect(answer.json).toEqual(problem('forbidden', 403))
      },
    )
})

describe('codes and the owner’s link', () => {
  test('[REST-10] a code can be switched off, on again and replaced', async () => {
    const { project, codes } = await post<CreatedReply>(
      '/projects',
      { name: 'C', template: 'digits' },
      owner.token,
    )
    const change = (action: string) =>
      post<{ editor: string | null }>(
        `/projects/${project.id}/codes`,
        { role: 'editor', action },
        owner.token,
      )
    const join = (code: string | null) =>
      api('/join', { method: 'POST', body: { code }, token: stranger.token })
    expect((await change('off')).editor).toBeNull()
    expect((await join(codes.editor)).json).toEqual(problem('unknown-code', 404))
    expect((await change('on')).editor).toBe(codes.editor)
    expect((await join(codes.editor)).status).toBe(200)
    const { editor: fresh } = await change('replace')
    expect(fresh).not.toBe(codes.editor)
    expect((await join(codes.editor)).json).toEqual(problem('unknown-code', 404))
    expect((await join(fresh)).json).toEqual({ projectId: project.id, role: 'editor' })
  })

  test('[REST-10] a lower code takes no role away', async () => {
    const joined = await post<JoinReply>('/join', { code: created.codes.viewer }, owner.token)
    expect(joined.role).toBe('owner')
  })

  test('[REST-11] the owner’s link makes an owner elsewhere, until it is replaced or ended', async () => {
    const { project } = await post<CreatedReply>('/projects', { name: 'L', template: 'digits' }, owner.token)
    const link = `/projects/${project.id}/owner-link`
    const exchange = (secret: string) =>
      api(`${link}/exchange`, { method: 'POST', body: { secret }, token: viewer.token })
    const first = await post<OwnerLinkReply>(link, {}, owner.token)
    const second = await post<OwnerLinkReply>(link, {}, owner.token)
    expect((await exchange(first.secret)).json).toEqual(problem('forbidden', 403))
    expect((await exchange(second.secret)).json).toEqual({ projectId: project.id, role: 'owner' })
    expect((await api(link, { method: 'DELETE', token: owner.token })).status).toBe(204)
    expect((await exchange(second.secret)).json).toEqual(problem('forbidden', 403))
  })
})
