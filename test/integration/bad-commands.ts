import { newId } from '../../shared/ids/id.ts'
import type { WireError } from '../../shared/protocol/errors.ts'
import type { CommandName } from '../../shared/protocol/payloads.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { defaultTrainingSettings } from '../../shared/training/settings.ts'
import type { House } from '../support/permission-house.ts'

export const LONG_NAME = 'x'.repeat(10_000)

/** What the cases refer to: a room with a labelled drawing, a label that would be taken, and another room. */
export interface Known {
  readonly house: House
  readonly elsewhere: House
  readonly label: Readonly<Record<string, unknown>>
  readonly drawingId: string
}

type BadCommand = readonly [
  what: string,
  command: CommandName,
  payload: (known: Known) => unknown,
  refused: Partial<WireError>,
]

const id = newId()

/** Commands of an owner that name what there is not, or break a bound; each with the error it gets. */
export const badCommands: readonly BadCommand[] = [
  ['a canvas that does not exist', 'canvas:open', () => ({ canvasId: id }), { code: 'unknown-canvas' }],
  ['a canvas that does not exist', 'canvas:saved?', () => ({ canvasId: id }), { code: 'unknown-canvas' }],
  [
    'a canvas of another room',
    'canvas:open',
    (known) => ({ canvasId: known.elsewhere.canvasIds.shared }),
    { code: 'unknown-canvas' },
  ],
  [
    'too many canvases',
    'canvas:snapshot',
    () => ({ canvasIds: Array(201).fill(id) as string[] }),
    { code: 'invalid', path: 'canvasIds' },
  ],
  [
    'a name of 10,000 characters',
    'canvas:create',
    () => ({ name: LONG_NAME }),
    { code: 'invalid', path: 'name' },
  ],
  [
    'a page that does not exist',
    'drawing:label',
    (known) => ({ ...known.label, pageId: id }),
    { code: 'unknown-page' },
  ],
  [
    'an unknown class',
    'drawing:label',
    (known) => ({ ...known.label, classId: id }),
    { code: 'unknown-class' },
  ],
  [
    'a class of another room',
    'drawing:label',
    (known) => ({ ...known.label, classId: known.elsewhere.classes[0]?.id }),
    { code: 'unknown-class' },
  ],
  [
    'no class',
    'drawing:label',
    (known) => ({ ...known.label, classId: null }),
    { code: 'invalid', path: 'classId' },
  ],
  [
    'a canvas that does not exist',
    'drawing:label',
    (known) => ({ ...known.label, canvasId: id }),
    { code: 'unknown-canvas' },
  ],
  [
    'a canvas that does not exist',
    'drawing:keep',
    (known) => ({ ...known.label, canvasId: id }),
    { code: 'unknown-canvas' },
  ],
  [
    'a state vector that is none',
    'drawing:label',
    (known) => ({ ...known.label, stateVector: Uint8Array.of(255, 255) }),
    { code: 'invalid', path: 'stateVector' },
  ],
  [
    'a state vector that is too long',
    'drawing:label',
    (known) => ({ ...known.label, stateVector: new Uint8Array(64_001) }),
    { code: 'invalid', path: 'stateVector' },
  ],
  [
    'a state vector that is text',
    'drawing:keep',
    (known) => ({ ...known.label, stateVector: 'AAA=' }),
    { code: 'invalid', path: 'stateVector' },
  ],
  [
    'a key that is too short',
    'drawing:label',
    (known) => ({ ...known.label, idempotencyKey: 'k' }),
    { code: 'invalid', path: 'idempotencyKey' },
  ],
  ['an unknown drawing', 'drawing:withdraw', () => ({ drawingId: id }), { code: 'unknown-drawing' }],
  [
    'an unknown drawing',
    'drawing:opine',
    () => ({ drawingId: id, classId: null, idempotencyKey: id }),
    { code: 'unknown-drawing' },
  ],
  [
    'an unknown class',
    'drawing:opine',
    (known) => ({ drawingId: known.drawingId, classId: id, idempotencyKey: newId() }),
    { code: 'unknown-class' },
  ],
  ['a limit of nothing', 'drawing:to-sort', () => ({ limit: 0 }), { code: 'invalid', path: 'limit' }],
  [
    'a name of 10,000 characters',
    'class:add',
    () => ({ name: LONG_NAME }),
    { code: 'invalid', path: 'name' },
  ],
  [
    'a name of nothing visible',
    'class:add',
    () => ({ name: '\u200b \u0000' }),
    { code: 'invalid', path: 'name' },
  ],
  ['a name that is taken', 'class:add', () => ({ name: ' CAT' }), { code: 'conflict', path: 'name' }],
  [
    'a name that is taken',
    'class:rename',
    (known) => ({ classId: known.house.classes[1]?.id, name: 'cat' }),
    { code: 'conflict', path: 'name' },
  ],
  ['an unknown class', 'class:rename', () => ({ classId: id, name: 'x' }), { code: 'unknown-class' }],
  ['an unknown class', 'class:remove', () => ({ classId: id }), { code: 'unknown-class' }],
  [
    'a learning rate out of bounds',
    'training:configure',
    () => ({ ...defaultTrainingSettings, learningRate: 1e9 }),
    { code: 'invalid', path: 'learningRate' },
  ],
  [
    'a learning rate that is none',
    'training:configure',
    () => ({ ...defaultTrainingSettings, learningRate: 'fast' }),
    { code: 'invalid', path: 'learningRate' },
  ],
  [
    'a batch of nothing',
    'training:configure',
    () => ({ ...defaultTrainingSettings, batchSize: 0 }),
    { code: 'invalid', path: 'batchSize' },
  ],
  [
    'a learning rate of nothing',
    'training:configure',
    () => ({ ...defaultTrainingSettings, learningRate: 0 }),
    { code: 'invalid', path: 'learningRate' },
  ],
  [
    'a network that there is not',
    'training:configure',
    () => ({ ...defaultTrainingSettings, family: 'transformer' }),
    { code: 'invalid', path: 'family' },
  ],
  [
    'training at every so many labels, and no number',
    'training:configure',
    () => ({ ...defaultTrainingSettings, when: { kind: 'labels' } }),
    { code: 'invalid', path: 'when.labels' },
  ],
  [
    'too many epochs',
    'training:configure',
    () => ({ ...defaultTrainingSettings, stop: { kind: 'epochs', epochs: 1e6 } }),
    { code: 'invalid', path: 'stop.epochs' },
  ],
  [
    'a full training that nobody says how to promote',
    'training:job-start',
    () => ({ mnist: false }),
    { code: 'invalid', path: 'promote' },
  ],
  [
    'a full training of one class',
    'training:job-start',
    () => ({ mnist: false, promote: 'rule' }),
    { code: 'conflict' },
  ],
  ['no full training', 'training:job-stop', () => ({}), { code: 'conflict' }],
  ['no full training', 'training:job-decide', () => ({ promote: true }), { code: 'conflict' }],
  [
    'a name of 10,000 characters',
    'person:rename',
    (known) => ({ userId: known.house.owner.userId, name: LONG_NAME }),
    { code: 'invalid', path: 'name' },
  ],
  ['an unknown person', 'person:rename', () => ({ userId: id, name: 'x' }), { code: 'unknown-person' }],
  ['an unknown person', 'person:role', () => ({ userId: id, role: 'editor' }), { code: 'unknown-person' }],
  ['an unknown person', 'person:remove', () => ({ userId: id }), { code: 'unknown-person' }],
  [
    'an unknown role',
    'person:role',
    (known) => ({ userId: known.house.other.userId, role: 'king' }),
    { code: 'invalid', path: 'role' },
  ],
  [
    'the last owner stepping down',
    'person:role',
    (known) => ({ userId: known.house.owner.userId, role: 'editor' }),
    { code: 'conflict' },
  ],
  [
    'an unknown project',
    'room:join',
    () => ({ projectId: id, protocol: PROTOCOL_VERSION }),
    { code: 'unknown-project' },
  ],
  [
    'a project that is no identifier',
    'room:join',
    () => ({ projectId: '../x', protocol: PROTOCOL_VERSION }),
    { code: 'invalid', path: 'projectId' },
  ],
]
