import type { BackupRecord, CanvasClient, CheckpointRecord, DrawingRecord, Opinion } from '../records.ts'
import type { Store, StoreInfo } from '../store.ts'
import type { Channel } from './channel.ts'
import type { Line } from './line.ts'
import type { StoreArgs, StoreMethod, StoreResults } from './rpc.ts'

type Calls = { [M in StoreMethod]: (...args: StoreArgs[M]) => Promise<StoreResults[M]> }

type Calling = Pick<Channel, 'call' | 'flush' | 'close'> & Partial<Pick<Line, 'check' | 'lost'>>

/** The store's interface over the calls of a thread, or of what stands for one. */
export function storeOver(channel: Calling, info: StoreInfo): Store {
  const calls: Calls = {
    getMeta: (...args) => channel.call('getMeta', ...args),
    putMeta: (...args) => channel.call('putMeta', ...args),
    putUser: (...args) => channel.call('putUser', ...args),
    getUser: (...args) => channel.call('getUser', ...args),
    getUsers: (...args) => channel.call('getUsers', ...args),
    createProject: (...args) => channel.call('createProject', ...args),
    getProject: (...args) => channel.call('getProject', ...args),
    updateProject: (...args) => channel.call('updateProject', ...args),
    deleteProject: (...args) => channel.call('deleteProject', ...args),
    listProjectsOf: (...args) => channel.call('listProjectsOf', ...args),
    findCode: (...args) => channel.call('findCode', ...args),
    listCodes: (...args) => channel.call('listCodes', ...args),
    putCode: (...args) => channel.call('putCode', ...args),
    putMember: (...args) => channel.call('putMember', ...args),
    getMember: (...args) => channel.call('getMember', ...args),
    listMembers: (...args) => channel.call('listMembers', ...args),
    removeMember: (...args) => channel.call('removeMember', ...args),
    listClasses: (...args) => channel.call('listClasses', ...args),
    putClass: (...args) => channel.call('putClass', ...args),
    putCanvas: (...args) => channel.call('putCanvas', ...args),
    getCanvas: (...args) => channel.call('getCanvas', ...args),
    listCanvases: (...args) => channel.call('listCanvases', ...args),
    loadCanvas: (...args) => channel.call('loadCanvas', ...args),
    appendCanvas: (canvasId: string, update: Uint8Array, clients: readonly CanvasClient[]) =>
      channel.call('appendCanvas', canvasId, compact(update), clients),
    snapshotCanvas: (canvasId: string, snapshot: Uint8Array, position: number) =>
      channel.call('snapshotCanvas', canvasId, compact(snapshot), position),
    listCanvasClients: (...args) => channel.call('listCanvasClients', ...args),
    resetCanvas: (canvasId: string, snapshot: Uint8Array | null) =>
      channel.call('resetCanvas', canvasId, snapshot && compact(snapshot)),
    addDrawing: (drawing: DrawingRecord, opinion: Opinion | null, key: string) =>
      channel.call('addDrawing', compactDrawing(drawing), opinion, key),
    findDrawingByKey: (...args) => channel.call('findDrawingByKey', ...args),
    addOpinion: (...args) => channel.call('addOpinion', ...args),
    withdrawDrawing: (...args) => channel.call('withdrawDrawing', ...args),
    findDrawingByPage: (...args) => channel.call('findDrawingByPage', ...args),
    getDrawing: (...args) => channel.call('getDrawing', ...args),
    listDrawings: (...args) => channel.call('listDrawings', ...args),
    listToSort: (...args) => channel.call('listToSort', ...args),
    listSamples: (...args) => channel.call('listSamples', ...args),
    countDrawings: (...args) => channel.call('countDrawings', ...args),
    findDrawings: (...args) => channel.call('findDrawings', ...args),
    deleteDrawings: (...args) => channel.call('deleteDrawings', ...args),
    findDeletedPages: (...args) => channel.call('findDeletedPages', ...args),
    listDeletions: (...args) => channel.call('listDeletions', ...args),
    addPredictions: (...args) => channel.call('addPredictions', ...args),
    listPredictions: (...args) => channel.call('listPredictions', ...args),
    prunePredictions: (...args) => channel.call('prunePredictions', ...args),
    addAccuracy: (...args) => channel.call('addAccuracy', ...args),
    listAccuracy: (...args) => channel.call('listAccuracy', ...args),
    putCheckpoint: (record: CheckpointRecord, blob: Uint8Array) =>
      channel.call('putCheckpoint', record, compact(blob)),
    listCheckpoints: (...args) => channel.call('listCheckpoints', ...args),
    readCheckpoint: (...args) => channel.call('readCheckpoint', ...args),
    updateCheckpoint: (...args) => channel.call('updateCheckpoint', ...args),
    deleteCheckpoints: (...args) => channel.call('deleteCheckpoints', ...args),
    readRecords: (...args) => channel.call('readRecords', ...args),
    beginRestore: () => channel.call('beginRestore'),
    writeRecords: (records) => channel.call('writeRecords', records.map(compactRecord)),
    commitRestore: () => channel.call('commitRestore'),
    abortRestore: () => channel.call('abortRestore'),
  }
  return {
    info,
    lost: channel.lost ?? new Promise(() => undefined),
    ...calls,
    check: async () => {
      if (channel.check) await channel.check()
      else await channel.call('getMeta', 'ready')
    },
    flush: () => channel.flush(),
    close: () => channel.close(),
  }
}

function compactRecord(record: BackupRecord): BackupRecord {
  switch (record.kind) {
    case 'canvas':
      return { ...record, value: { ...record.value, log: record.value.log && compact(record.value.log) } }
    case 'drawing':
      return { ...record, value: compactDrawing(record.value) }
    case 'checkpoint':
      return { ...record, value: { ...record.value, blob: compact(record.value.blob) } }
    default:
      return record
  }
}

function compactDrawing<D extends DrawingRecord>(drawing: D): D {
  const { strokes, raster } = drawing
  return {
    ...drawing,
    strokes: strokes.map(({ id, bytes }) => ({ id, bytes: compact(bytes) })),
    raster: raster && { ...raster, pixels: compact(raster.pixels) },
  }
}

/** Bytes that own their buffer: a message carries the whole buffer behind a view, however small the view is. */
function compact(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()
}
