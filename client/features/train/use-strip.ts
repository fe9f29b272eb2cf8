import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoomStore } from '../../net/room-store.ts'
import { balanceWords, drawNext, pilesOf } from './balance-words.ts'
import { useSay } from './say.ts'
import { accuracyWords, factWords, isAtWork, newestRun, phaseWords, upToNow } from './strip-words.ts'
import { useTimeLeft } from './use-time-left.ts'

/** All that the learning strip and the training sheet say, in words of the page's language. */
export function useStrip() {
  const { t } = useI18n()
  const room = useRoomStore()

  const say = useSay('room.strip')
  const msLeft = useTimeLeft(() => {
    const phase = room.training?.phase
    return phase?.state === 'gathering' && phase.left.kind === 'time' ? phase.left : null
  })
  const phase = computed(() =>
    say(
      phaseWords(room.training, {
        classes: room.classes,
        drawings: room.drawings,
        people: room.people,
        total: room.counts.total,
      }),
    ),
  )
  const facts = computed(() => factWords(room.training, room.counts.total, msLeft.value).map(say).join(' · '))
  const learning = computed(() => isAtWork(room.training))
  /** Whether drawings wait that somebody here may have learned from at once. */
  const mayLearnNow = computed(() => room.canManage && room.training?.phase.state === 'gathering')
  const accuracy = computed(() => {
    const words = accuracyWords(room.training)
    return words && { percent: words.percent, basis: say(words.basis), band: say(words.band) }
  })
  const published = computed(() => newestRun(room.accuracy))
  const run = computed(() => upToNow(published.value, room.training))
  const spark = computed(() => run.value.map(({ share, low, high }) => ({ y: share, low, high })))
  const sparkLabel = computed(() => {
    const first = run.value[0]
    const last = run.value.at(-1)
    if (!first || !last) return t('room.strip.sparkEmpty')
    const percent = (share: number): number => Math.round(share * 100)
    return t(
      'room.strip.spark',
      { n: run.value.length, from: percent(first.share), to: percent(last.share) },
      run.value.length,
    )
  })
  const piles = computed(() => pilesOf(room.classes, (id) => room.countOf(id)))
  const balance = computed(() => {
    const { title, detail } = balanceWords(piles.value)
    return { title: say(title), detail: detail ? say(detail) : '' }
  })
  const next = computed(() => {
    const found = drawNext(piles.value, room.training?.mixedUp ?? null)
    return (
      found && {
        pile: found.pile,
        title: say({ key: 'next', values: { name: found.pile.name } }),
        why: say(found.why),
        strokes: room.stacks.get(found.pile.id)?.[0]?.strokes ?? null,
      }
    )
  })

  return { phase, facts, learning, mayLearnNow, accuracy, run, spark, sparkLabel, piles, balance, next }
}
