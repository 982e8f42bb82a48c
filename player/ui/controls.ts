import { html, nothing, type TemplateResult } from 'lit'
import type { Quality } from '../engine/engine.ts'
import type { PlayerWords } from '../locales/en.ts'
import type { PlayerState } from '../player-state.ts'
import * as icons from './icons.ts'

/** All that the bar shows. */
export interface ControlsView {
  readonly words: PlayerWords
  readonly state: PlayerState
  readonly paused: boolean
  readonly muted: boolean
  /** 0–1. */
  readonly volume: number
  readonly latency: number | null
  readonly qualities: readonly Quality[]
  readonly quality: string
  readonly fullscreen: boolean
  readonly pictureInPicture: boolean
  /** Whether the panel of information is open. */
  readonly information: boolean
}

/** All that the bar asks for. */
export interface ControlsRequests {
  togglePlay(): void
  toggleMute(): void
  setVolume(volume: number): void
  goLive(): void
  setQuality(id: string): void
  toggleFullscreen(): void
  togglePictureInPicture(): void
  toggleInformation(): void
}

/** The bar of controls: state goes in, requests come out. */
export function controls(view: ControlsView, ask: ControlsRequests): TemplateResult {
  const { words } = view
  const silent = view.muted || view.volume === 0
  return html`
    <div class="bar" part="controls">
      ${button('play', view.paused ? words.play : words.pause, view.paused ? icons.playIcon : icons.pauseIcon, ask.togglePlay)}
      ${button('mute', silent ? words.unmute : words.mute, silent ? icons.mutedIcon : icons.soundIcon, ask.toggleMute)}
      <input class="volume" part="volume" type="range" min="0" max="1" step="0.05" aria-label=${words.volume}
        .value=${String(view.muted ? 0 : view.volume)}
        @input=${(event: Event) => ask.setVolume((event.target as HTMLInputElement).valueAsNumber)}>
      <button class="live" part="live-button" type="button" aria-label=${view.state === 'live' ? words.live : words.goLive}
        @click=${ask.goLive}>${view.state === 'behind' ? words.goLive : words.live}</button>
      ${
        view.latency === null
          ? nothing
          : html`<span class="latency" part="latency" title=${words.latencyHint(view.latency)}>${words.latency(view.latency)}</span>`
      }
      <span class="space"></span>
      ${view.qualities.length > 1 ? qualityChoice(view, ask) : nothing}
      <button class="information" part="information-button" type="button" aria-label=${words.information} title=${words.information}
        aria-expanded=${view.information} @click=${ask.toggleInformation}>${icons.informationIcon}</button>
      ${view.pictureInPicture ? button('pip', words.pictureInPicture, icons.pictureInPictureIcon, ask.togglePictureInPicture) : nothing}
      ${button(
        'fullscreen',
        view.fullscreen ? words.exitFullscreen : words.fullscreen,
        view.fullscreen ? icons.exitFullscreenIcon : icons.fullscreenIcon,
        ask.toggleFullscreen,
      )}
    </div>
  `
}

const button = (name: string, label: string, icon: TemplateResult, onClick: () => void) => html`
  <button class=${name} part="${name}-button" type="button" aria-label=${label} title=${label} @click=${onClick}>${icon}</button>
`

const qualityChoice = (view: ControlsView, ask: ControlsRequests) => html`
  <select part="quality" aria-label=${view.words.quality} title=${view.words.quality}
    @change=${(event: Event) => ask.setQuality((event.target as HTMLSelectElement).value)}>
    <option value="auto" ?selected=${view.quality === 'auto'}>${view.words.autoQuality}</option>
    ${view.qualities.map(({ id, label }) => html`<option value=${id} ?selected=${view.quality === id}>${label}</option>`)}
  </select>
`
