import { html, nothing, type TemplateResult } from 'lit'
import { offIcon } from '../components/icons.ts'
import { canShareScreen, type Device } from './capture.ts'
import { cameraIcon, screenIcon } from './icons.ts'
import './level-meter.ts'
import type { Content } from './quality.ts'
import type { StudioMedia } from './studio-media.ts'
import { select } from './studio-parts.ts'

/** Where a browser gives a screen without its sound. */
const screenIsSilent =
  'The screen comes without its sound. To send it, share a browser tab, and tick “share audio” (on Windows, whole screens too).'

/** What the choice of a picture shows, and asks for. */
interface PictureChoice {
  readonly cameras: readonly Device[]
  readonly content: Content
  readonly useScreen: () => unknown
  /** Null: whichever the browser takes. */
  readonly useCamera: (id: string | null) => unknown
  readonly chooseContent: (content: Content) => unknown
}

/** Screen, camera or nothing. */
export function pictureSettings(media: StudioMedia, choice: PictureChoice): TemplateResult {
  const { source, cameraId } = media
  const { cameras, content, useScreen, useCamera, chooseContent } = choice
  return html`
    <fieldset>
      <legend>Picture</legend>
      <div class="sources">
        ${
          canShareScreen(navigator)
            ? html`<button type="button" aria-pressed=${source === 'screen'} @click=${useScreen}>
                ${screenIcon} Screen
              </button>`
            : nothing
        }
        <button type="button" aria-pressed=${source === 'camera'} @click=${() => useCamera(null)}>${cameraIcon} Camera</button>
        <button type="button" aria-pressed=${source === 'none'} @click=${() => media.stopPicture()}>${offIcon} None</button>
      </div>
      ${source === 'camera' && cameras.length > 1 ? select('Camera', 'camera', cameras, cameraId, useCamera) : nothing}
      ${
        source === 'screen'
          ? html`
            <label for="content">The screen shows</label>
            <select id="content" @change=${(event: Event) => chooseContent((event.target as HTMLSelectElement).value as Content)}>
              <option value="text" ?selected=${content === 'text'}>Text, slides, code: sharp</option>
              <option value="motion" ?selected=${content === 'motion'}>Films, games: smooth</option>
            </select>`
          : nothing
      }
    </fieldset>`
}

/** Which microphone, if any, and how loud it is. `use`: undefined is none, null whichever the browser takes. */
export function soundSettings(
  media: StudioMedia,
  microphones: readonly Device[],
  use: (id: string | null | undefined) => unknown,
): TemplateResult {
  const { microphoneId, hasMicrophone, hasScreenSound, source } = media
  const choices = microphones.length > 0 ? microphones : [{ id: 'default', name: 'Microphone' }]
  return html`
    <fieldset>
      <legend>Sound</legend>
      ${select(
        'Microphone',
        'microphone',
        [{ id: '', name: 'No microphone' }, ...choices],
        hasMicrophone ? microphoneId : '',
        (id) => use(id === '' ? undefined : id === 'default' ? null : id),
      )}
      ${source === 'screen' ? html`<p class="hint">${hasScreenSound ? 'The sound of the screen is sent as well.' : screenIsSilent}</p>` : nothing}
      ${hasMicrophone || hasScreenSound ? html`<level-meter .level=${() => media.mixer.level()}></level-meter>` : nothing}
    </fieldset>`
}
