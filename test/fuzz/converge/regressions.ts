import { scheduleOf, type Deed, type Schedule } from './schedule.ts'

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
  ...seeded([
    [
      2119,
      'an erasure taken back on a page that was dropped meanwhile',
      'What replaces a stroke names that one and not its key: the server has to remember the keys of dropped pages.',
    ],
    [
      3828,
      'a move that comes when its stroke went on, and the page after that was turned as well',
      'What is done to a stroke lands where the stroke lies, not on the current page.',
    ],
    [
      5231,
      'a page labelled, taken back and labelled again by somebody who drew on it while away',
      'A page that came back under its name is another one: what was drawn on the first has to be put there anew.',
    ],
    [
      5390,
      'an exchange that broke off halfway',
      'What a server had counts only as far as it had it all along: half an exchange brings the clocks of strokes without the strokes.',
    ],
    [
      8402,
      'strokes that come back to a document without pages',
      'Where there is no page to put strays on they are kept until there is one.',
    ],
    [
      10173,
      'somebody keeps a drawing that another one still draws on',
      'That a page is stored says nothing of strokes that were never sent: only the store’s state vector acknowledges.',
    ],
    [
      10204,
      'a stroke erased and brought back on a page that is being labelled',
      'What others saw on a page is not taken off it for having been written anew.',
    ],
    [
      30484,
      'an acknowledgement overtakes the sync',
      'A document that heard of a dropped page covers strokes that it has lost: they are taken out before anything counts as saved.',
    ],
    [
      40638,
      'a label after a crash, of strokes that their drawer puts on the next page meanwhile',
      'A label names what its labeller saw, so that the server can gather it.',
    ],
    [
      41105,
      'strokes of somebody who may not draw when they come back',
      'Strays wait for the pen, apart from the document, which has lost them.',
    ],
    [
      50467,
      'a stored page comes back after a crash, and its label is taken back then',
      'A page whose drawing stands is dropped again, so that a withdrawal makes a page that no old erasure knows.',
    ],
    [
      70697,
      'strokes that an undo step still holds when their page goes',
      'Yjs keeps what can be undone: whether a stroke went with its page is seen by its parents.',
    ],
    [
      80837,
      'a stroke that comes erased first, and then anew, for a page that is gone',
      'Keys are remembered of erased strokes as well: what takes their place may follow.',
    ],
  ]),
]

/** Schedules that failed as they were drawn; they stay the same ones as long as `scheduleOf` does. */
function seeded(failed: readonly (readonly [seed: number, name: string, taught: string])[]): Regression[] {
  return failed.map(([seed, name, taught]) => ({ name, taught, schedule: scheduleOf(seed) }))
}
