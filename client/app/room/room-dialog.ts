/** The dialogs of the room; one is open at a time. */
export type RoomDialog =
  'share' | 'people' | 'wrong' | 'classes' | 'sort' | 'training' | 'newPage' | 'delete' | RecordView

/** The views of the one sheet on what the room keeps. */
export const recordViews = ['checkpoints', 'history', 'drawings', 'data'] as const
export type RecordView = (typeof recordViews)[number]
