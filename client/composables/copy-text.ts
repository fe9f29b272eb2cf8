/**
 * Copies text, also where the page is no secure context and has no clipboard API: there through a selection.
 * Answers whether it worked.
 */
export async function copyText(text: string): Promise<boolean> {
  // The types promise a clipboard, an insecure page has none.
  const clipboard = Reflect.get(navigator, 'clipboard') as Clipboard | undefined
  if (clipboard) {
    try {
      await clipboard.writeText(text)
      return true
    } catch {
      // Refused by the browser: the selection below may still be allowed.
    }
  }
  return copyBySelection(text)
}

function copyBySelection(text: string): boolean {
  const back = document.activeElement
  const field = document.createElement('textarea')
  field.value = text
  field.readOnly = true
  field.className = 'vh'
  // Inside an open dialog, whose focus trap would take the focus away from anywhere else.
  const host = back?.closest('[role="dialog"]') ?? document.body
  host.append(field)
  field.select()
  try {
    return document.execCommand('copy')
  } catch {
    return false
  } finally {
    field.remove()
    if (back instanceof HTMLElement) back.focus()
  }
}
