import type { AddressInfo } from 'node:net'
import { Server as SocketServer } from 'socket.io'
import { closeCodes } from '../shared/protocol/errors.ts'
import { PROTOCOL_VERSION } from '../shared/protocol/version.ts'
import type { BackupService } from './backup/backup-service.ts'
import type { Config } from './config.ts'
import { createFailedJoins } from './http/failed-joins.ts'
import { createGate } from './http/gate.ts'
import { createNewSessions } from './http/new-sessions.ts'
import { createHttp } from './http/server.ts'
import { routeUpgrades } from './http/upgrades.ts'
import { createPeople } from './identity/people.ts'
import { createIdentity, sessionSecret } from './identity/tokens.ts'
import type { Learning } from './learning/service.ts'
import { reachableAt, type Reach } from './ops/announce.ts'
import type { Clock } from './ops/clock.ts'
import type { Log } from './ops/log.ts'
import { watchLoopLag } from './ops/loop-lag.ts'
import { createMetrics } from './ops/metrics.ts'
import { trainingGauges } from './ops/training-gauges.ts'
import { createReadiness } from './ops/readiness.ts'
import { stopInSteps, type StopReport } from './ops/shutdown.ts'
import { VERSION } from './ops/version.ts'
import { createProjects } from './rooms/projects.ts'
import { createRooms } from './rooms/registry.ts'
import type { SaveReport } from './rooms/stop-report.ts'
import { watchTraining } from './rooms/training-figures.ts'
import { registerSockets } from './sockets/register.ts'
import type { RoomServer } from './sockets/socket-types.ts'
import type { Store } from './storage/store.ts'
import { createSyncServer } from './sync/sync-server.ts'

/** Most bytes of one Socket.IO message: the strokes of a full scratch pad. */
const MAX_SOCKET_BYTES = 4_000_000

export interface AppOptions {
  readonly config: Config
  readonly store: Store
  readonly learning: Learning
  readonly log: Log
  readonly clock: Clock
  /** Folder of the built client; null serves none. */
  readonly clientFolder: string | null
  /** Backups of this server; null or left out for none. */
  readonly backups?: BackupService | null
  readonly limits?: AppLimits
}

/** How much the server takes, where it is not as docs/PROTOCOL.md says. */
export interface AppLimits {
  /** Socket.IO connections. */
  readonly connections?: number
  readonly canvasConnections?: number
  /** Rooms open at once. */
  readonly rooms?: number
  /** Canvas documents in memory. */
  readonly documents?: number
  /** Members of a project. */
  readonly members?: number
  /** Bytes of all canvases that the store has not taken. */
  readonly unsavedBytes?: number
}

export interface App {
  /** Resolves when it takes connections. @throws where it cannot listen */
  listen(): Promise<void>
  /** The port it listens on. */
  readonly port: number
  readonly reach: Reach
  /**
   * Saves everything, lets everybody go, and closes learning and store (with `keepStore` the store stays open); a second
   * call answers as the first.
   */
  stop(how?: { readonly keepStore?: boolean }): Promise<StopReport>
  /** Names what would be lost if the process ended now. */
  unsaved(): string[]
}

/** Wires the server's parts on one port. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, store, learning, log, clock, limits = {} } = options
  const metrics = createMetrics()
  const gate = createGate({ publicUrl: config.publicUrl, host: config.host, clock })
  const readiness = createReadiness({
    store: () => store.check(),
    model: () => (learning.healthy() ? Promise.resolve() : Promise.reject(new Error('not loaded'))),
  })
  const identity = createIdentity({ secret: await sessionSecret(store, config.sessionSecret) })
  const people = createPeople({ store, clock })
  const projects = createProjects({ store, clock, metrics, maxMembers: limits.members })
  const rooms = createRooms({
    store,
    learning,
    projects,
    people,
    log,
    clock,
    metrics,
    maxRooms: limits.rooms,
    maxDocuments: limits.documents,
    maxUnsavedBytes: limits.unsavedBytes,
    keepPredictionsDays: config.keepPredictionsDays,
  })
  metrics.gauge('people', 'People in rooms', () => rooms.peopleCount())
  metrics.gauge('documents', 'Canvas documents in memory', () => rooms.documentCount())
  metrics.gauge('unsaved_bytes', 'Bytes of canvases that the store has not taken yet', () =>
    rooms.unsavedBytes(),
  )
  const training = watchTraining({ learning, clock, trainings: () => rooms.trainings() })
  trainingGauges(metrics, training)
  metrics.backend(() => learning.backend)
  const lag = watchLoopLag()
  const since = 'by which the event loop was late since this was read last, in ms'
  metrics.gauge('loop_lag_p50_ms', `Time ${since}: half of the time less`, () => lag.read().p50)
  metrics.gauge('loop_lag_p99_ms', `Time ${since}: 99 % of the time less`, () => lag.read().p99)
  metrics.gauge('loop_lag_max_ms', `Longest time ${since}`, () => lag.read().max)

  const reach = (): Reach => ({
    host: config.host,
    port: portOf(http.server.address()) ?? config.port,
    tls: config.tls !== null,
    publicUrl: config.publicUrl,
  })
  const http = await createHttp({
    identity,
    people,
    projects,
    failedJoins: createFailedJoins({
      clock,
      failed: () => {
        metrics.failedJoin()
      },
      refused: () => {
        metrics.refused('failed-joins')
      },
    }),
    newSessions: createNewSessions({ clock, refused: () => metrics.refused('sessions') }),
    peopleHere: (projectId) => rooms.peopleHere(projectId),
    deleteProject: (projectId) => rooms.remove(projectId),
    readiness,
    metrics,
    metricsToken: config.metricsToken,
    store: store.info,
    backend: () => learning.backend,
    training,
    tls: config.tls,
    gate,
    log,
    server: () => ({
      version: VERSION,
      protocol: PROTOCOL_VERSION,
      backend: learning.backend,
      addresses: reachableAt(reach()),
      starterParameters: learning.starter().model.parameters,
    }),
    clientFolder: options.clientFolder,
    backups: options.backups ?? null,
  })
  await http.ready()

  const io: RoomServer = new SocketServer(http.server, {
    serveClient: false,
    destroyUpgrade: false,
    maxHttpBufferSize: MAX_SOCKET_BYTES,
    allowRequest: (request, decide) => {
      const allowed = gate.allowsHost(request.headers.host) && gate.allowsOrigin(request)
      decide(allowed ? null : 'this page is not one of the server', allowed && !readiness.stopping)
    },
  })
  const common = { rooms, identity, projects, log, clock, metrics }
  const sockets = registerSockets(io, { ...common, people, learning, maxConnections: limits.connections })
  const sync = createSyncServer({
    ...common,
    allowedOrigin: (request) => gate.allowsOrigin(request),
    maxConnections: limits.canvasConnections,
  })
  routeUpgrades(http.server, { gate, sync, stopping: () => readiness.stopping })

  const stopNow = (keepStore: boolean): Promise<StopReport> => {
    readiness.stop()
    // No new connections from here on; those that are open are let go in the steps below.
    http.server.close()
    const part = (share: number): number => config.stopWithinMs * share
    return stopInSteps(
      [
        { name: 'running commands', run: () => quietly(quiesce()), withinMs: part(0.2) },
        { name: 'canvases', run: () => saved(rooms.saveDrawn(part(0.3))), withinMs: part(0.35) },
        { name: 'models', run: () => saved(saveModels(part(0.3))), withinMs: part(0.35) },
        { name: 'sockets', run: () => quietly(closeSockets()), withinMs: part(0.2) },
        { name: 'rooms', run: () => quietly(rooms.end(part(0.05))), withinMs: part(0.1) },
        // A download that is cut off loses nothing, and what was sent and not answered counts for nobody.
        { name: 'requests', run: () => quietly(closeHttp()), withinMs: part(0.2), harmless: true },
        { name: 'learning', run: () => quietly(learning.stop()), withinMs: part(0.2), harmless: true },
        {
          name: 'store',
          run: () => quietly(keepStore ? store.flush() : store.flush().then(() => store.close())),
        },
      ],
      config.stopWithinMs,
    )
  }

  // What is drawn or asked for from here on is refused; people still hear what was saved of what came before.
  const quiesce = (): Promise<void> => {
    sync.freeze()
    return sockets.quiesce()
  }

  const saveModels = async (withinMs: number): Promise<SaveReport> => {
    await learning.halt()
    return rooms.saveModels(withinMs)
  }

  const closeSockets = async (): Promise<void> => {
    sockets.close()
    await sync.close(closeCodes.restarting)
  }

  const closeHttp = async (): Promise<void> => {
    lag.stop()
    await io.close()
    await http.close()
  }

  let stopped: Promise<StopReport> | null = null
  return {
    async listen() {
      await http.listen({ port: config.port, host: config.host })
    },
    get port() {
      return reach().port
    },
    get reach() {
      return reach()
    },
    stop: ({ keepStore = false } = {}) => (stopped ??= stopNow(keepStore)),
    unsaved: () => rooms.unsaved(),
  }
}

function portOf(address: AddressInfo | string | null): number | null {
  return address === null || typeof address === 'string' ? null : address.port
}

/** What was saved, in words. @throws Error naming what was not */
async function saved(report: Promise<SaveReport>): Promise<string> {
  const { saved, unsaved } = await report
  if (unsaved.length > 0) throw new Error(unsaved.map(({ what, reason }) => `${what} (${reason})`).join('; '))
  return saved.join(', ')
}

async function quietly(work: Promise<unknown>): Promise<undefined> {
  await work
}
