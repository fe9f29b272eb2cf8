import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { PAGE_SIZE } from '../../../shared/canvas/limits.ts'
import { PadAct, type ActKind } from './pad-act.ts'
import type { PadModel } from './pad-model.ts'
import type { PenPoint } from './pen-point.ts'
import type { PadTool } from './pad-tool.ts'
import { PointerGate } from './pointer-gate.ts'
import type { PadView } from './use-pad-view.ts'
import { toPage } from './view-transform.ts'

/** What the eraser reaches, in CSS pixels; a finger is blunter than a pen. */
const REACH_PX = { touch: 22, other: 12 }

const kinds: Readonly<Record<PadTool, ActKind>> = {
  pen: 'draw',
  hand: 'draw',
  eraser: 'erase',
  rubber: 'rub',
  select: 'select',
}

export interface UsePadPointerOptions {
  /** Takes the events. */
  readonly surface: Readonly<Ref<HTMLElement | null>>
  /** Its box is the page at zoom 1. */
  readonly canvas: Readonly<Ref<HTMLElement | null>>
  readonly model: () => PadModel
  readonly view: () => PadView
  readonly tool: () => PadTool
  /** Called after each event that changed what is drawn. */
  readonly onInk: () => void
}

export interface UsePadPointerReturn {
  /** Where the browser expects the pen next, page pixels; drawn here alone. */
  readonly predicted: Readonly<ShallowRef<readonly { readonly x: number; readonly y: number }[]>>
  readonly panning: Readonly<ShallowRef<boolean>>
}

/** Pen, mouse and fingers on a pad: drawing, erasing and selecting with one, moving the paper with the hand tool or two fingers. */
export function usePadPointer(options: UsePadPointerOptions): UsePadPointerReturn {
  const { surface, canvas, model, view, tool, onInk } = options
  const gate = new PointerGate()
  const predicted = shallowRef<readonly { x: number; y: number }[]>([])
  const panning = shallowRef(false)
  const act = new PadAct(model)
  /** Adding it to an event's time stamp gives epoch ms; taken at pen-down, since the two clocks drift apart. */
  let epoch = 0

  function pointOf(event: PointerEvent): PenPoint {
    const box = canvas.value?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1)
    const pressure = event.pointerType === 'pen' && event.pressure > 0 ? event.pressure : null
    const at = toPage(event.clientX, event.clientY, box, view().transform.value)
    return { ...at, time: epoch + event.timeStamp, pressure }
  }

  /** What the pointer reaches, page pixels. */
  function reachOf(event: PointerEvent): number {
    const width = canvas.value?.getBoundingClientRect().width ?? PAGE_SIZE
    const reach = event.pointerType === 'touch' ? REACH_PX.touch : REACH_PX.other
    return (reach * PAGE_SIZE) / (width * view().transform.value.zoom)
  }

  function stop(meant: boolean): void {
    predicted.value = []
    act.end(meant)
    onInk()
  }

  function down(event: PointerEvent): void {
    const { pointerId: id, pointerType: type, button, clientX: x, clientY: y } = event
    const wanted = gate.down({ id, type, button, x, y }, tool() === 'hand')
    if (wanted === 'ignore') return
    // A touch's stroke gives way to a second finger and to the pen.
    if (act.kind !== null) stop(false)
    surface.value?.focus({ preventScroll: true })
    surface.value?.setPointerCapture(id)
    panning.value = wanted === 'pan' || wanted === 'pinch'
    if (panning.value) return
    epoch = Date.now() - event.timeStamp
    const point = pointOf(event)
    act.begin(wanted === 'erase' && tool() !== 'rubber' ? 'erase' : kinds[tool()], point, reachOf(event))
    model().moveCursor(point.x, point.y)
    onInk()
  }

  function move(event: PointerEvent): void {
    const { pointerId: id, clientX: x, clientY: y } = event
    const gesture = gate.gesture({ id, type: event.pointerType, button: event.button, x, y })
    if (gesture) changeView(gesture)
    if (!gate.draws({ id, x, y })) {
      if (event.pointerType !== 'touch' && !panning.value) hover(event)
      return
    }
    if (act.kind === 'draw') predicted.value = comingEvents(event).map(pointOf)
    act.go(finerEvents(event).map(pointOf), reachOf(event))
    hover(event)
    onInk()
  }

  function up(event: PointerEvent): void {
    if (gate.up(event.pointerId)) {
      if (act.kind === 'draw') act.go([pointOf(event)], 0)
      stop(true)
    }
    panning.value = false
  }

  /** A browser takes touches away to reject a palm; a pen or mouse that goes missing has still drawn its line. */
  function cancel(event: PointerEvent): void {
    if (gate.up(event.pointerId)) stop(event.pointerType !== 'touch')
    panning.value = false
  }

  function hover(event: PointerEvent): void {
    const { x, y } = pointOf(event)
    if (x >= 0 && y >= 0 && x <= PAGE_SIZE && y <= PAGE_SIZE) model().moveCursor(x, y)
  }

  function changeView(gesture: { factor: number; x: number; y: number; dx: number; dy: number }): void {
    const box = canvas.value?.getBoundingClientRect()
    if (!box) return
    if (gesture.factor !== 1) {
      view().zoomAt(gesture.factor, (gesture.x - box.left) / box.width, (gesture.y - box.top) / box.height)
    }
    if (gesture.dx !== 0 || gesture.dy !== 0) view().panBy(gesture.dx / box.width, gesture.dy / box.height)
  }

  const prevent = (event: Event): void => event.preventDefault()
  const detach = (element: HTMLElement | null | undefined): void => {
    element?.removeEventListener('pointerdown', down)
    element?.removeEventListener('pointermove', move)
    element?.removeEventListener('pointerup', up)
    element?.removeEventListener('pointercancel', cancel)
    element?.removeEventListener('lostpointercapture', cancel)
    for (const name of ['contextmenu', 'touchstart', 'dragstart']) element?.removeEventListener(name, prevent)
  }
  watch(
    surface,
    (element, before) => {
      detach(before)
      element?.addEventListener('pointerdown', down)
      element?.addEventListener('pointermove', move)
      element?.addEventListener('pointerup', up)
      element?.addEventListener('pointercancel', cancel)
      element?.addEventListener('lostpointercapture', cancel)
      for (const name of ['contextmenu', 'touchstart', 'dragstart']) {
        element?.addEventListener(name, prevent, { passive: false })
      }
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => {
    detach(surface.value)
    if (act.kind !== null) stop(true)
  })
  return { predicted, panning }
}

/** The points between two events where the browser tells them: not in an insecure context, nor everywhere else. */
function finerEvents(event: PointerEvent): readonly PointerEvent[] {
  const finer = 'getCoalescedEvents' in event ? event.getCoalescedEvents() : []
  return finer.length > 0 ? finer : [event]
}

function comingEvents(event: PointerEvent): readonly PointerEvent[] {
  return 'getPredictedEvents' in event ? event.getPredictedEvents() : []
}
