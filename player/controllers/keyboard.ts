import type { ReactiveController, ReactiveControllerHost } from 'lit'

export type KeyAction =
  | 'toggle_play'
  | 'toggle_mute'
  | 'toggle_fullscreen'
  | 'toggle_information'
  | 'back'
  | 'forward'
  | 'louder'
  | 'softer'

const keyActions: Readonly<Record<string, KeyAction>> = {
  ' ': 'toggle_play',
  k: 'toggle_play',
  m: 'toggle_mute',
  f: 'toggle_fullscreen',
  i: 'toggle_information',
  ArrowLeft: 'back',
  ArrowRight: 'forward',
  ArrowUp: 'louder',
  ArrowDown: 'softer',
}

/** What a key asks for while focus is on `target`; null where the key belongs to that control or to the browser. */
export function keyAction(event: KeyboardEvent, target: EventTarget | undefined): KeyAction | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null
  const tag = target instanceof Element ? target.localName : ''
  const ownsArrows = (tag === 'input' || tag === 'select') && event.key.startsWith('Arrow')
  const ownsSpace = (tag === 'button' || tag === 'select') && event.key === ' '
  if (ownsArrows || ownsSpace) return null
  return keyActions[event.key.length === 1 ? event.key.toLowerCase() : event.key] ?? null
}

/** Hears keys while the focus is somewhere in the player. */
export class KeyboardController implements ReactiveController {
  #host: ReactiveControllerHost & HTMLElement
  #act: (action: KeyAction) => void

  constructor(host: ReactiveControllerHost & HTMLElement, act: (action: KeyAction) => void) {
    this.#host = host
    this.#act = act
    host.addController(this)
  }

  hostConnected(): void {
    this.#host.addEventListener('keydown', this.#onKey)
  }

  hostDisconnected(): void {
    this.#host.removeEventListener('keydown', this.#onKey)
  }

  #onKey = (event: KeyboardEvent): void => {
    const action = keyAction(event, event.composedPath()[0])
    if (!action) return
    event.preventDefault()
    this.#act(action)
  }
}
