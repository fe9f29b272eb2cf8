import { computed, ref, watch, type ComputedRef } from 'vue'
import { defaultTrainingSettings, type TrainingSettings } from '../../../shared/training/settings.ts'

export interface SettingsDraft {
  /** The room's settings. */
  saved(): TrainingSettings
  /** The settings as they would be saved: those of the room with what was changed here. */
  readonly values: ComputedRef<TrainingSettings>
  readonly changed: ComputedRef<boolean>
  /** Whether all is as in a new room, but for the network. */
  readonly isUsual: ComputedRef<boolean>
  set<Name extends keyof TrainingSettings>(name: Name, value: TrainingSettings[Name]): void
  /** Forgets what was changed. */
  revert(): void
  /** Changes all to what a new room has, but for the network. */
  toDefaults(): void
}

/**
 * Changes to the room's settings that nobody sees before they are saved. What others save meanwhile comes in wherever
 * nothing was changed here; a change that has become the room's own is none any more.
 */
export function useSettingsDraft(saved: () => TrainingSettings): SettingsDraft {
  const edits = ref<Partial<TrainingSettings>>({})
  const values = computed<TrainingSettings>(() => ({ ...saved(), ...edits.value }))
  const usual = computed<TrainingSettings>(() => ({ ...defaultTrainingSettings, family: saved().family }))

  watch(saved, (now) => {
    edits.value = differing(edits.value, now)
  })

  return {
    saved,
    values,
    changed: computed(() => Object.keys(edits.value).length > 0),
    isUsual: computed(() => Object.keys(differing(usual.value, values.value)).length === 0),
    set(name, value) {
      edits.value = differing({ ...edits.value, [name]: value }, saved())
    },
    revert() {
      edits.value = {}
    },
    toDefaults() {
      edits.value = differing(usual.value, saved())
    },
  }
}

/** What of `wanted` is not as in `settings`. */
function differing(wanted: Partial<TrainingSettings>, settings: TrainingSettings): Partial<TrainingSettings> {
  const now = new Map<string, unknown>(Object.entries(settings))
  return Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(now.get(name))),
  )
}
