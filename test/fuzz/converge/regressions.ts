import type { Deed, Schedule } from './schedule.ts'

/** A schedule that failed once, as small as it could be made, and what it taught. */
export interface Regression {
  readonly name: string
  readonly taught: string
  readonly schedule: Schedule
}

type Lines = Schedule['lines']

const LINE = { least: 10, most: 60 }

function schedule(
  seed: number,
  steps: readonly (readonly [at: number, who: number, deed: Deed])[],
  lines: Lines,
): Schedule {
  return {
    seed,
    people: lines.length,
    lines,
    disk: { commitMs: 250, answerMs: 60 },
    steps: steps.map(([at, who, deed], i) => ({ at, who, deed, seed: seed + i })),
  }
}

export const regressions: readonly Regression[] = [
  {
    name: 'a stroke drawn while its page is being labelled',
    taught:
      'Between the cut of a page and its drop lies a write of the store: what is drawn on the page meanwhile has to go on to the next page.',
    schedule: schedule(
      32,
      [
        [1_000, 1, 'draw'],
        [2_000, 0, 'label'],
        [2_020, 1, 'draw'],
        [2_045, 2, 'draw'],
        [2_070, 1, 'draw'],
      ],
      [LINE, { least: 1, most: 8 }, { least: 20, most: 90 }],
    ),
  },
  {
    name: 'a cleared page that comes back over what others drew since',
    taught:
      'Who brings a page back drops the pages after it that look empty to them; what others put there unseen has to be landed by the server, or acknowledged strokes are gone.',
    schedule: schedule(
      159,
      [
        [1_000, 0, 'draw'],
        [1_800, 0, 'clear'],
        [2_600, 1, 'draw'],
        [2_640, 0, 'undo'],
        [2_660, 2, 'draw'],
      ],
      [{ least: 300, most: 500 }, { least: 1, most: 20 }, LINE],
    ),
  },
  {
    name: 'acknowledgements missed while the disk fails',
    taught: 'Whoever cannot come in because the store fails tries again, and asks anew what is saved.',
    schedule: schedule(
      509,
      [
        [500, 1, 'restart'],
        [600, 2, 'draw'],
        [1_100, 0, 'disk-fails'],
      ],
      [LINE, LINE, LINE],
    ),
  },
]
