/** The dialogs of the room; one is open at a time. */
export type RoomDialog = 'share' | 'people' | 'wrong' | 'classes' | 'sort' | 'training' | 'newPage'
