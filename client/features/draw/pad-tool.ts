/** What the pointer does on a pad: draw, erase whole lines, erase just where it rubs, take hold of strokes, or move the paper. */
export type PadTool = 'pen' | 'eraser' | 'rubber' | 'select' | 'hand'
