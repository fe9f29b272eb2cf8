/** Letters of a join code. */
export const CODE_LETTERS = 6

/**
 * What a person typed or pasted as a join code: capitals without spaces, dashes and other signs, at most six. A
 * pasted join link gives the code in it.
 */
export function readCode(text: string): string {
  const afterLink = /\/join\/([^/?#\s]+)/iu.exec(text)?.[1] ?? text
  return afterLink
    .toUpperCase()
    .replace(/[^A-Z0-9]/gu, '')
    .slice(0, CODE_LETTERS)
}

export function isWholeCode(code: string): boolean {
  return code.length === CODE_LETTERS
}
