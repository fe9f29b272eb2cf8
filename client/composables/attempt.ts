import { ref, type Ref } from 'vue'
import { useErrorText } from './error-text.ts'

export interface UseAttemptReturn {
  readonly busy: Readonly<Ref<boolean>>
  /** What went wrong last, in words; a form also says here what is wrong with its input. */
  readonly problem: Ref<string | null>
  /**
   * Does the work; what it throws is said in `problem`. Answers whether it was done. One attempt does not wait for
   * another: whoever wants one at a time asks `busy` first.
   */
  attempt(work: () => Promise<unknown>): Promise<boolean>
}

/** Work that may fail, and what is shown of it meanwhile and afterwards. */
export function useAttempt(wordsOf: (error: unknown) => string = useErrorText()): UseAttemptReturn {
  const busy = ref(false)
  const problem = ref<string | null>(null)

  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    busy.value = true
    problem.value = null
    try {
      await work()
      return true
    } catch (error) {
      problem.value = wordsOf(error)
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, problem, attempt }
}
