import { html, nothing, type TemplateResult } from 'lit'
import type { Playback } from '#schema/contracts/playback.ts'
import type { PlayerWords } from '../locales/en.ts'

/** What the panel tells. */
export interface InformationView {
  readonly words: PlayerWords
  readonly playback: Playback
  readonly video: HTMLVideoElement
  /** Seconds behind the source; null: not known. */
  readonly latency: number | null
}

/** What is played and whose it is, and how it is played now. */
export function informationPanel(
  { words, playback, video, latency }: InformationView,
  close: () => void,
): TemplateResult {
  const { title, copyright } = playback
  const owner = [copyright.owner && `© ${copyright.owner}`, copyright.notice].filter(Boolean).join('. ')
  const { droppedVideoFrames, totalVideoFrames } = video.getVideoPlaybackQuality()
  const rows: readonly (readonly [string, unknown])[] = [
    [words.picture, video.videoWidth > 0 ? `${video.videoWidth} × ${video.videoHeight}` : null],
    [words.behindSource, latency === null ? null : words.latency(latency)],
    [words.droppedPictures, totalVideoFrames > 0 ? words.droppedOf(droppedVideoFrames, totalVideoFrames) : null],
  ]
  return html`
    <section class="info" part="info" aria-label=${words.information}>
      <h2>${title}</h2>
      ${owner === '' ? nothing : html`<p>${owner}</p>`}
      ${
        copyright.url === null
          ? nothing
          : html`<p><a href=${copyright.url} target="_blank" rel="noopener noreferrer">${words.terms}</a></p>`
      }
      <dl>${rows.map(([name, value]) => (value === null ? nothing : html`<dt>${name}</dt><dd>${value}</dd>`))}</dl>
      <button class="close" type="button" @click=${close}>${words.close}</button>
    </section>`
}
