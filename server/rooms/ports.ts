import type { ServerToClientEvents } from '../../shared/protocol/events.ts'
import type { People } from '../identity/people.ts'
import type { InkBatch } from './ink-batch.ts'
import type { ProjectService } from './projects.ts'

/** What the rooms write to; a pino logger is one. */
export interface RoomLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What the rooms need of the project service and of the people's names. */
export type RoomProjects = Pick<
  ProjectService,
  | 'roleOf'
  | 'setRole'
  | 'remove'
  | 'onMembershipChange'
  | 'onProjectChange'
  | 'onCodesChange'
  | 'touchCodes'
  | 'reviveCodes'
>
export type RoomPeople = Pick<People, 'get' | 'rename' | 'onChange'>

/** Counts that an operator watches; all optional to provide. */
export interface RoomMetrics {
  count(name: RoomCounter, by?: number): void
  /** Something was refused or cut off because of this limit. */
  refused(limit: LimitName): void
  /** Ms. */
  observe(name: RoomTiming, ms: number): void
}
export type RoomCounter =
  | 'labels'
  | 'predictions'
  | 'saves'
  | 'save_failures'
  | 'updates_refused'
  | 'slow_readers'
  | 'left_out'
  | 'predictions_dropped'
  | 'commands_refused'
  | 'checkpoints'
  | 'checkpoints_damaged'
/** Every limit of docs/PROTOCOL.md whose refusals are counted. */
export const limitNames = [
  'frame-bytes',
  'first-sync-bytes',
  'sync-messages',
  'sync-connections',
  'documents',
  'canvases-open',
  'canvas-bytes',
  'canvas-pages',
  'page-strokes',
  'page-points',
  'page-amendments',
  'stroke-points',
  'unsaved-bytes',
  'unsaved-server',
  'not-canvas-content',
  'frozen',
  'commands',
  'ink-packets',
  'ink-bytes',
  'connections',
  'connections-person',
  'slow-reader',
  'people',
  'lobby',
  'canvases',
  'labels',
  'labels-locked',
  'opinions',
  'failed-joins',
  'sessions',
  'classes',
  'members',
  'rooms',
  'body-bytes',
  'message-bytes',
  'scratch-points',
  'checkpoints-held',
  'checkpoint-work',
  'jobs',
] as const
export type LimitName = (typeof limitNames)[number]
export type RoomTiming = 'save' | 'command'

export type RoomEvent = keyof ServerToClientEvents
export type RoomPayload<E extends RoomEvent> = Parameters<ServerToClientEvents[E]>[0]

/** Whom an event is for: names, for one, are not shown to everybody alike. */
export type RoleGroup = 'owner' | 'others'

/** Events of which a slow reader gets the newest state later instead of each. */
export const droppableEvents = ['prediction', 'training:progress'] as const satisfies readonly RoomEvent[]

/** The way from the rooms to the sockets of their people. Ink and `droppableEvents` may be dropped for a slow reader, the rest not. */
export interface RoomOutlet {
  /** To each connection the part that it shows. */
  ink(projectId: string, batch: InkBatch): void
  toRoom<E extends RoomEvent>(projectId: string, event: E, payload: RoomPayload<E>): void
  toRoles<E extends RoomEvent>(projectId: string, group: RoleGroup, event: E, payload: RoomPayload<E>): void
  toUsers<E extends RoomEvent>(
    projectId: string,
    userIds: readonly string[],
    event: E,
    payload: RoomPayload<E>,
  ): void
}
