import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import '../components/copy-button.ts'
import type { BroadcastState } from './broadcast.ts'
import { canShareScreen, type Device } from './capture.ts'
import { cameraIcon, screenIcon } from './icons.ts'

/** What the badge on the picture says. */
export const stateWords = {
  idle: 'Not live',
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
} as const
/** Its class. */
export const stateLooks = { idle: 'rest', connecting: 'busy', live: 'live', reconnecting: 'warning' } as const

/** What stands under the picture. `wasLive`: it has sent; `isOver`: and then told the worker to end the broadcast. */
export function nextStepWords(is: {
  readonly state: BroadcastState
  readonly canStart: boolean
  readonly wasLive: boolean
  readonly isOver: boolean
}): string {
  if (is.state === 'connecting' || is.state === 'reconnecting')
    return 'Leave this page open: you are live as soon as the line stands.'
  if (is.state === 'live')
    return 'Leave this page open. Viewers see you some seconds later. “Stop” ends the broadcast, if yours is the picture on air.'
  if (is.isOver)
    return 'You are off air. The broadcast is over, unless another source goes on with it or the stream is always on.'
  if (is.wasLive) return 'You are off air. Viewers see “Be right back” until the broadcast ends by itself.'
  return is.canStart ? 'Only you see this so far.' : 'Choose a screen, a camera or a microphone. Then you can go live.'
}

/** The address for viewers, to send it to them; nothing where it is not known. */
export function watchLink(playbackId: string | null): TemplateResult | typeof nothing {
  if (playbackId === null) return nothing
  const url = `${location.origin}/watch/${playbackId}`
  return html`
    <div class="field">
      <label for="watch">Link for viewers</label>
      <div class="with-button">
        <input id="watch" class="code" readonly .value=${url} @focus=${(event: FocusEvent) => (event.target as HTMLInputElement).select()}>
        <copy-button label="link" .text=${url}></copy-button>
      </div>
    </div>`
}

/** A labelled choice of devices or the like. */
export function select(
  label: string,
  id: string,
  choices: readonly Device[],
  chosen: string | null,
  choose: (id: string) => unknown,
): TemplateResult {
  return html`
    <label for=${id}>${label}</label>
    <select id=${id} @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
      ${choices.map((choice) => html`<option value=${choice.id} .selected=${live(choice.id === chosen)}>${choice.name}</option>`)}
    </select>`
}

/** What stands where there is no picture yet. */
export const invitation = (live: boolean, useScreen: () => unknown, useCamera: () => unknown): TemplateResult => html`
  <div class="invitation">
    <p>${live ? 'Viewers see no picture now. What do you want to show?' : 'What do you want to show?'}</p>
    <div class="buttons">
      ${
        canShareScreen(navigator)
          ? html`<button type="button" class="primary" @click=${useScreen}>${screenIcon} Share a screen</button>`
          : nothing
      }
      <button type="button" @click=${useCamera}>${cameraIcon} Use the camera</button>
    </div>
  </div>`
