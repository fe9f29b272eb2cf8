import { expect, it } from 'vitest'
import { newId } from '../../shared/ids/id.ts'
import { startApp } from '../support/app.ts'
import { Client } from '../support/clients.ts'
import { aCheckpoint } from '../contract/store-records.ts'

it('[LEARN-26] a room whose checkpoint cannot be used opens and learns anew from its drawings', async () => {
  const { store, url, end } = await startApp()
  const ada = await Client.arrive(url, 'Ada')
  const { project } = await ada.create('digits')
  const blob = new TextEncoder().encode('made by another version')
  await store.putCheckpoint(aCheckpoint(newId(), blob, { projectId: project.id, step: 7 }), blob)
  const room = await ada.join(project.id)
  expect(room.training.phase.state).not.toBe('failed')
  expect(room.model).toMatchObject({ step: 0 })
  expect(room.model?.classIds).toHaveLength(10)
  ada.leave()
  await end()
})
