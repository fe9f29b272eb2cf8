import { onBeforeUnmount, watchEffect } from 'vue'

/** Keeps the document's title to `title` while the page is shown. */
export function usePageTitle(title: () => string): void {
  watchEffect(() => {
    document.title = `${title()} · Trainboard`
  })
  onBeforeUnmount(() => {
    document.title = 'Trainboard'
  })
}
