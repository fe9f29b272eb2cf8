import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

type Tokens = Readonly<Record<string, string>>
const css = readFileSync(new URL('../../../client/styles/tokens.css', import.meta.url), 'utf8').replace(
  /\/\*[\s\S]*?\*\//g,
  '',
)

const base = declarationsOf(/(?:^|\n):root \{([^}]*)\}/g)
const dark = declarationsOf(/:root\[data-theme='dark'\] \{([^}]*)\}/g)
const system = declarationsOf(/:root:not\(\[data-theme='light'\]\) \{([^}]*)\}/g)

const TEXT = 4.5
const SHAPE = 3
const pairs: readonly (readonly [string, string, number])[] = [
  ...['--ink', '--ink-soft', '--ink-faint'].flatMap((ink) =>
    ['--desk', '--paper', '--desk-sunk'].map((ground) => [ink, ground, TEXT] as const),
  ),
  ...['--ink', '--ink-soft'].flatMap((ink) =>
    ['--accent-wash', '--alarm-wash'].map((wash) => [ink, wash, TEXT] as const),
  ),
  ...['--desk', '--paper', '--alarm-wash'].map((ground) => ['--alarm', ground, TEXT] as const),
  ['--on-accent', '--accent', TEXT],
  ['--on-swash', '--voice-swash', TEXT],
  ['--on-fill', '--fill', TEXT],
  ['--on-alarm', '--alarm', TEXT],
  ['--line-strong', '--desk', SHAPE],
  ['--line-strong', '--paper', SHAPE],
  ...[1, 2, 3, 4, 5, 6].flatMap((pen) => [
    [`--pen${pen}`, '--paper', TEXT] as const,
    ['--on-pen', `--pen${pen}`, TEXT] as const,
  ]),
]

describe('design tokens', () => {
  it('[UI-TOKENS-1] the dark theme is the same whether chosen or taken from the system', () => {
    expect(Object.keys(dark).length).toBeGreaterThan(20)
    expect(system).toEqual(dark)
  })

  for (const [theme, tokens] of Object.entries({ light: base, dark: { ...base, ...dark } })) {
    it.each(pairs)(`[UI-TOKENS-2] ${theme}: %s on %s has a contrast of at least %d`, (over, under, least) => {
      expect(contrast(colourOf(tokens, over), colourOf(tokens, under))).toBeGreaterThanOrEqual(least)
    })
  }
})

function declarationsOf(block: RegExp): Tokens {
  const text = [...css.matchAll(block)].map(([, body]) => body ?? '').join('\n')
  return Object.fromEntries(
    [...text.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [
      name ?? '',
      (value ?? '').trim(),
    ]),
  )
}

function colourOf(tokens: Tokens, name: string): string {
  const value = tokens[name] ?? ''
  const reference = /^var\((--[\w-]+)\)$/.exec(value)?.[1]
  return reference === undefined ? value : colourOf(tokens, reference)
}

/** Relative luminance of #rrggbb (WCAG 2.2, "relative luminance"). */
function luminance(colour: string): number {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) throw new Error(`not a colour: ${colour}`)
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const channel = Number.parseInt(colour.slice(i, i + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((p, q) => q - p)
  return (lighter + 0.05) / (darker + 0.05)
}
