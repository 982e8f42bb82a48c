/**
 * Puts a text on the clipboard; gives whether it is there. `near` is where a field may stand for a moment: on plain
 * http, other than on this machine, browsers have no clipboard for scripts, only the old way through a selection.
 */
export async function copyText(text: Promise<string | null>, near: HTMLElement): Promise<boolean> {
  const given = await text
  if (given === null) return false
  try {
    await navigator.clipboard.writeText(given)
    return true
  } catch {
    return copySelection(given, near)
  }
}

function copySelection(text: string, near: HTMLElement): boolean {
  const focused = document.activeElement
  const field = document.createElement('textarea')
  field.className = 'unseen'
  field.readOnly = true
  field.value = text
  near.append(field)
  field.select()
  const copied = document.execCommand('copy')
  field.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return copied
}
