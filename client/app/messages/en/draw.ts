export const draw = {
  label: 'Drawing pad, clean | Drawing pad, one stroke | Drawing pad, {n} strokes',
  tools: 'Drawing tools',
  pen: 'Pen',
  eraser: 'Eraser',
  hand: 'Move the page',
  undo: 'Undo my stroke',
  redo: 'Redo',
  clean: 'Clean page',
  zoomOut: 'Zoom out',
  zoomIn: 'Zoom in',
  fit: 'Fit',
  empty: 'A clean page. Draw anything.',
}
