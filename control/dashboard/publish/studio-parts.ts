import { html, nothing, type TemplateResult } from 'lit'
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

/** Where a browser gives a screen without its sound. */
export const screenIsSilent =
  'The screen comes without its sound. To send it, share a browser tab, and tick “share audio” (on Windows, whole screens too).'

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
      ${choices.map((choice) => html`<option value=${choice.id} ?selected=${choice.id === chosen}>${choice.name}</option>`)}
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
