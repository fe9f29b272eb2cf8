/** What the pointer does on a pad: draw, erase, or move the paper. */
export type PadTool = 'pen' | 'eraser' | 'hand'
