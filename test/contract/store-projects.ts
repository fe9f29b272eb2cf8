import { describe, expect, it } from 'vitest'
import { defaultTrainingSettings, type TrainingSettings } from '../../shared/training/settings.ts'
import { refusal, testFolders, type StoreDriver } from './store-harness.ts'
import { aClass, aCode, aMember, aProject, fillStore } from './store-records.ts'

export function projectContract(driver: StoreDriver): void {
  describe('projects, people and codes', () => {
    const newFolder = testFolders(driver)

    it('[STORE-1] a meta value is written once and then stands', async () => {
      const store = await newFolder().open()
      expect(await store.getMeta('secret')).toBeNull()
      const answers = await Promise.all([store.putMeta('secret', 'first'), store.putMeta('secret', 'second')])
      expect(answers).toEqual(['first', 'first'])
      expect(await store.getMeta('secret')).toBe('first')
    })

    it('[STORE-2] people are added, changed and found, unknown ones left out', async () => {
      const store = await newFolder().open()
      const mia = { id: 'u1', name: 'Mia', animal: 'owl', pen: 2, createdAt: 5 } as const
      const noor = { id: 'u2', name: 'Noor', animal: 'crab', pen: 1, createdAt: 6 } as const
      await Promise.all([store.putUser(mia), store.putUser(noor)])
      await store.putUser({ ...mia, name: 'Mia M.' })
      expect(await store.getUser('u1')).toEqual({ ...mia, name: 'Mia M.' })
      expect(await store.getUser('u3')).toBeNull()
      expect(await store.getUsers(['u2', 'u3', 'u1'])).toEqual([noor, { ...mia, name: 'Mia M.' }])
      expect(await store.getUsers([])).toEqual([])
    })

    it('[STORE-3] a project comes with its classes, owner and codes in one write', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      expect(await store.getProject('p1')).toEqual(aProject())
      expect((await store.listClasses('p1')).map((record) => record.name)).toEqual(['cat', 'dog'])
      expect(await store.getMember('p1', 'u1')).toEqual(aMember())
      expect(await store.listCodes('p1')).toEqual([aCode()])
      expect(await store.getProject('p2')).toBeNull()
    })

    it('[STORE-3] a project whose code is taken changes nothing', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      const codes = [
        aCode({ code: 'GHJKMN', projectId: 'p2' }),
        aCode({ code: 'ACDEFG', projectId: 'p2', role: 'viewer' }),
      ]
      const classes = [aClass({ id: 'c9', projectId: 'p2' })]
      await refusal(
        store.createProject(aProject({ id: 'p2' }), classes, aMember({ projectId: 'p2' }), codes),
        'conflict',
      )
      await refusal(store.createProject(aProject(), [], aMember(), [aCode({ code: 'WXYWXY' })]), 'conflict')
      expect(await store.getProject('p2')).toBeNull()
      expect(await store.listClasses('p2')).toEqual([])
      expect(await store.findCode('GHJKMN')).toBeNull()
      expect(await store.listProjectsOf('u1', 10)).toHaveLength(1)
    })

    it('[STORE-4] a project changes field by field', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      await store.updateProject('p1', { name: 'Class 5b', trainingPaused: true })
      const training: TrainingSettings = {
        ...defaultTrainingSettings,
        learningRate: 5e-4,
        batchSize: 32,
        family: 'ensemble',
        when: { kind: 'minutes', minutes: 5 },
        stop: { kind: 'time', seconds: 60 },
      }
      const changed = await store.updateProject('p1', { training, ownerLinkHash: 'ab'.repeat(32) })
      expect(changed).toEqual(
        aProject({ name: 'Class 5b', trainingPaused: true, training, ownerLinkHash: 'ab'.repeat(32) }),
      )
      expect(await store.getProject('p1')).toEqual(changed)
      const hand = { ...changed.hand, frozenCanvasIds: ['v1'], labelsLocked: true, ended: true }
      expect(await store.updateProject('p1', { hand })).toEqual({ ...changed, hand })
      expect(await store.updateProject('p1', { name: 'Class 5c' })).toEqual({
        ...changed,
        hand,
        name: 'Class 5c',
      })
      await refusal(store.updateProject('nowhere', { name: 'x' }), 'not-found')
    })

    it('[STORE-47] a project whose training settings an earlier version stored has the defaults for the rest', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await fillStore(store)
      await folder.closeAll()
      const three = { learningRate: 5e-4, batchSize: 32, stepsPerArrival: 5 }
      await driver.putTraining(folder.dir, 'p1', three)
      const again = await folder.open()
      const training = { ...defaultTrainingSettings, ...three }
      expect(await again.getProject('p1')).toEqual(aProject({ training }))
      expect(await again.listProjectsOf('u1', 10)).toMatchObject([{ project: { training } }])
      expect((await again.updateProject('p1', { name: 'New' })).training).toEqual(training)
      expect((await again.readRecords('project', null, 10)).items).toMatchObject([{ value: { training } }])
    })

    it('[STORE-47] training settings that no version can have stored are told, not used', async () => {
      const folder = newFolder()
      await fillStore(await folder.open())
      await folder.closeAll()
      await driver.putTraining(folder.dir, 'p1', { ...defaultTrainingSettings, batchSize: 1e6 })
      const { message } = await refusal((await folder.open()).getProject('p1'), 'corrupt')
      expect(message).toContain('batchSize')
    })

    it('[STORE-5] my projects come newest joined first, within the limit', async () => {
      const store = await newFolder().open()
      for (const [index, id] of ['p1', 'p2', 'p3'].entries()) {
        await store.createProject(
          aProject({ id }),
          [],
          aMember({ projectId: id, joinedAt: 100 + index, role: index === 1 ? 'viewer' : 'owner' }),
          [],
        )
      }
      const newest = await store.listProjectsOf('u1', 2)
      expect(newest.map(({ project, role }) => [project.id, role])).toEqual([
        ['p3', 'owner'],
        ['p2', 'viewer'],
      ])
      expect(await store.listProjectsOf('u2', 10)).toEqual([])
    })

    it('[STORE-6] a role has one code, which a new one replaces and which no other may take', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      await store.putCode(aCode({ code: 'GHJKMN', role: 'viewer' }))
      await store.putCode(aCode({ code: 'WXYWXY', usedAt: 9_000 }))
      expect(await store.findCode('ACDEFG')).toBeNull()
      expect(await store.findCode('WXYWXY')).toEqual(aCode({ code: 'WXYWXY', usedAt: 9_000 }))
      await refusal(store.putCode(aCode({ code: 'GHJKMN' })), 'conflict')
      expect((await store.listCodes('p1')).map((code) => code.code)).toEqual(['WXYWXY', 'GHJKMN'])
      await store.putCode(aCode({ code: 'WXYWXY', active: false }))
      expect((await store.findCode('WXYWXY'))?.active).toBe(false)
      await refusal(store.putCode(aCode({ code: 'FFFFFF', projectId: 'p2' })), 'not-found')
    })

    it('[STORE-7] members join, change role and leave', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      await store.putMember(aMember({ userId: 'u2', role: 'viewer', joinedAt: 2_000 }))
      await store.putMember(aMember({ userId: 'u2', role: 'editor', joinedAt: 2_000 }))
      expect((await store.listMembers('p1')).map((member) => member.role)).toEqual(['owner', 'editor'])
      await store.removeMember('p1', 'u2')
      await store.removeMember('p1', 'u2')
      expect(await store.getMember('p1', 'u2')).toBeNull()
      await refusal(store.putMember(aMember({ projectId: 'p2' })), 'not-found')
    })

    it('[STORE-8] two classes in use never share a name or a number', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      const named = await refusal(store.putClass(aClass({ id: 'c3', name: '  CAT ', number: 3 })), 'conflict')
      expect(named.message).toContain('CAT')
      const numbered = await refusal(store.putClass(aClass({ id: 'c3', name: 'cow', number: 2 })), 'conflict')
      expect(numbered.message).toContain('2')
      expect(await store.listClasses('p1')).toHaveLength(2)

      await store.putClass(aClass({ removed: true }))
      await store.putClass(aClass({ id: 'c3', name: 'Cat', number: 1 }))
      await refusal(store.putClass(aClass()), 'conflict')
      await store.putClass(aClass({ id: 'c3', name: 'tomcat', number: 1 }))
      const classes = await store.listClasses('p1')
      expect(classes.map(({ id, name, removed }) => [id, name, removed])).toEqual([
        ['c1', 'cat', true],
        ['c3', 'tomcat', false],
        ['c2', 'dog', false],
      ])
      await refusal(store.putClass(aClass({ id: 'c9', projectId: 'p2' })), 'not-found')
    })
  })
}
