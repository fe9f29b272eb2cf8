import { useI18n } from 'vue-i18n'

interface Choice<T extends string> {
  readonly value: T
  readonly name: string
  readonly text: string
  readonly usual?: string
}

/** The choices of a setting with their words, those of `train.settings.<setting>`; `usual` is marked as such. */
export function useChoices(): <T extends string>(
  setting: string,
  values: readonly T[],
  usual: T,
) => readonly Choice<T>[] {
  const { t } = useI18n()
  return (setting, values, usual) =>
    values.map((value) => ({
      value,
      name: t(`train.settings.${setting}.${value}.name`),
      text: t(`train.settings.${setting}.${value}.text`),
      ...(value === usual ? { usual: t('train.settings.usual') } : {}),
    }))
}
