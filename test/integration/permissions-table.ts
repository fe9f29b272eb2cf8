/** The roles as the table shows them; a manager is an editor of a project that lets editors manage. */
export const columns = ['viewer', 'editor', 'manager', 'owner'] as const
export type Column = (typeof columns)[number]

export type Transport = 'Socket.IO' | 'Yjs' | 'REST'

export interface Right {
  readonly what: string
  /** Who has the right, in the order of `columns`. */
  readonly cells: readonly [boolean, boolean, boolean, boolean]
  /** The transports the right can be used on. */
  readonly over: readonly Transport[]
}

const everybody: Right['cells'] = [true, true, true, true]
const editors: Right['cells'] = [false, true, true, true]
const managers: Right['cells'] = [false, false, true, true]
const owners: Right['cells'] = [false, false, false, true]

/** Who may what: docs/SPEC.md shows the same table, and each cell is tried on each of its transports. */
export const rights = {
  come: { what: 'Come into the room and read the project', cells: everybody, over: ['Socket.IO', 'REST'] },
  watch: { what: 'Watch every canvas', cells: everybody, over: ['Socket.IO', 'Yjs'] },
  createCanvas: { what: 'Make a shared canvas', cells: editors, over: ['Socket.IO'] },
  drawOwn: { what: 'Draw on their own canvas', cells: editors, over: ['Yjs', 'Socket.IO'] },
  drawShared: { what: 'Draw on a shared canvas', cells: editors, over: ['Yjs', 'Socket.IO'] },
  drawOpen: {
    what: 'Draw on another’s canvas that is open to all',
    cells: editors,
    over: ['Yjs', 'Socket.IO'],
  },
  drawClosed: {
    what: 'Draw on another’s canvas that is their own alone',
    cells: owners,
    over: ['Yjs', 'Socket.IO'],
  },
  labelOwn: { what: 'Label or keep their own drawing', cells: editors, over: ['Socket.IO'] },
  labelOthers: { what: 'Label or keep another’s drawing', cells: managers, over: ['Socket.IO'] },
  withdrawOwn: { what: 'Withdraw their own drawing', cells: editors, over: ['Socket.IO'] },
  withdrawOthers: { what: 'Withdraw another’s drawing', cells: managers, over: ['Socket.IO'] },
  deleteOwn: { what: 'Delete their own drawing', cells: editors, over: ['Socket.IO'] },
  deleteOthers: { what: 'Delete another’s drawing', cells: managers, over: ['Socket.IO'] },
  forgetSelf: { what: 'Delete all that they drew', cells: everybody, over: ['Socket.IO'] },
  forgetOthers: { what: 'Delete all that another drew', cells: owners, over: ['Socket.IO'] },
  seeRecords: {
    what: 'See the list of drawings, the guesses that were kept, and what was deleted',
    cells: editors,
    over: ['Socket.IO'],
  },
  seeToSort: { what: 'See the To sort pile', cells: editors, over: ['Socket.IO'] },
  opineToSort: { what: 'Give an opinion in To sort', cells: editors, over: ['Socket.IO'] },
  opineOwn: { what: 'Relabel their own drawing', cells: editors, over: ['Socket.IO'] },
  opineOthers: { what: 'Relabel another’s drawing', cells: managers, over: ['Socket.IO'] },
  classes: { what: 'Add, rename and remove classes', cells: managers, over: ['Socket.IO'] },
  training: {
    what: 'Pause, resume and configure training, and learn at once',
    cells: managers,
    over: ['Socket.IO'],
  },
  fullTraining: { what: 'Start, stop and decide full trainings', cells: managers, over: ['Socket.IO'] },
  checkpoint: { what: 'Save a checkpoint', cells: owners, over: ['Socket.IO'] },
  seeCheckpoints: { what: 'See and compare checkpoints', cells: editors, over: ['Socket.IO'] },
  manageCheckpoints: {
    what: 'Name, pin and delete checkpoints, go back and forward to one',
    cells: managers,
    over: ['Socket.IO'],
  },
  renameSelf: { what: 'Change their own name', cells: everybody, over: ['Socket.IO', 'REST'] },
  renameOthers: { what: 'Change another’s name', cells: owners, over: ['Socket.IO'] },
  role: { what: 'Change somebody’s role', cells: owners, over: ['Socket.IO'] },
  remove: { what: 'Remove somebody from the project', cells: owners, over: ['Socket.IO'] },
  admit: { what: 'Let somebody in from the lobby', cells: owners, over: ['Socket.IO'] },
  removeDrawing: { what: 'Remove and bring back a drawing', cells: owners, over: ['Socket.IO'] },
  hand: {
    what: 'Freeze, lock labels, hide names, lobby, spotlight, follow me, end the session',
    cells: owners,
    over: ['Socket.IO'],
  },
  project: { what: 'Change the project’s name and settings', cells: owners, over: ['REST'] },
  deleteProject: { what: 'Delete the project', cells: owners, over: ['REST'] },
  seeEditorCode: { what: 'See the editors’ code', cells: editors, over: ['REST'] },
  seeViewerCode: { what: 'See the viewers’ code', cells: owners, over: ['REST'] },
  changeCodes: { what: 'Replace and switch codes', cells: owners, over: ['REST'] },
  ownerLink: { what: 'Make and end the owner’s link', cells: owners, over: ['REST'] },
} as const satisfies Record<string, Right>
export type RightName = keyof typeof rights

/** A row as docs/SPEC.md has it, without spaces around the bars. */
export function rowOf({ what, cells, over }: Right): string {
  return `|${[what, ...cells.map((allowed) => (allowed ? 'yes' : '–')), over.join(', ')].join('|')}|`
}
