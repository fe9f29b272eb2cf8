import { effectScope, nextTick, shallowRef } from 'vue'
import { describe, expect, it } from 'vitest'
import { train } from '../../../client/app/messages/en/train.ts'
import { comingKey, standingNotice } from '../../../client/features/train/network-words.ts'
import { useNotice } from '../../../client/features/train/use-notice.ts'
import type { JobStatus, TrainingNotice } from '../../../shared/training/status.ts'
import { messageOf } from '../../support/message-of.ts'

describe('a notice of the trainer', () => {
  it('[TRAINUI-6] stays away once it was put away, until there is another one or it comes back', async () => {
    const told = shallowRef<TrainingNotice | null>({ kind: 'one-class' })
    const scope = effectScope()
    const shown = scope.run(() => useNotice(() => told.value))
    const kind = async () => {
      await nextTick()
      return shown?.notice.value?.kind ?? null
    }
    expect(await kind()).toBe('one-class')
    shown?.dismiss()
    expect(await kind()).toBeNull()
    // As each status brings it.
    told.value = { kind: 'one-class' }
    expect(await kind()).toBeNull()
    told.value = { kind: 'rolled-back', step: 10, learningRate: 0.1 }
    expect(await kind()).toBe('rolled-back')
    shown?.dismiss()
    told.value = { kind: 'rolled-back', step: 20, learningRate: 0.05 }
    expect(await kind()).toBe('rolled-back')
    shown?.dismiss()
    told.value = null
    expect(await kind()).toBeNull()
    told.value = { kind: 'rolled-back', step: 20, learningRate: 0.05 }
    expect(await kind()).toBe('rolled-back')
    scope.stop()
  })
})

describe('a network that is chosen and does not guess yet', () => {
  const plan = {
    family: 'mlp',
    why: 'asked',
    mnist: false,
    promote: 'rule',
    drawings: 60,
    others: 0,
  } as const
  const progress = { epoch: 2, epochs: 8, step: 40, loss: 0.4, accuracy: 0.8, best: 0.8, seconds: 30 }
  const ended = (outcome: Extract<JobStatus, { state: 'ended' }>['outcome']) =>
    ({ state: 'ended', plan, progress, outcome, compared: null, reason: null }) as const

  it('[TRAINUI-7] is said to be trained, to wait for a decision, or to need another full training', () => {
    expect(comingKey('mlp', { state: 'waiting', plan, ahead: 0 })).toBe('coming')
    expect(comingKey('mlp', { state: 'running', plan, progress, secondsLeft: 3 })).toBe('coming')
    expect(comingKey('mlp', ended('waits'))).toBe('comingWaits')
    for (const outcome of ['not-better', 'discarded', 'failed'] as const)
      expect(comingKey('mlp', ended(outcome))).toBe('comingIdle')
    expect(comingKey('cnn-deep', ended('waits'))).toBe('comingIdle')
    expect(comingKey('mlp', null)).toBe('comingIdle')
    for (const key of ['coming', 'comingWaits', 'comingIdle'])
      expect(messageOf(train, `network.${key}`)).not.toBeNull()
  })

  it('[TRAINUI-7] has its notice while it is trained and no longer; other notices stand', () => {
    const notice = { kind: 'new-family', family: 'mlp' } as const
    expect(standingNotice({ notice, job: { state: 'waiting', plan, ahead: 0 } })).toBe(notice)
    expect(standingNotice({ notice, job: ended('not-better') })).toBeNull()
    expect(standingNotice({ notice: { kind: 'one-class' }, job: ended('not-better') })).not.toBeNull()
    expect(standingNotice({ notice: null, job: null })).toBeNull()
  })
})
