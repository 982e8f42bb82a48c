import { html, nothing, type TemplateResult } from 'lit'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Platform } from '#schema/contracts/platform.ts'
import type { StreamEventRecord } from '#schema/contracts/worker.ts'
import { may } from '../access/may.ts'
import '../destinations/destination-list.ts'
import { openStudio } from '../open-studio.ts'
import { cameraIcon } from '../publish/icons.ts'
import { Requests } from '../request-event.ts'
import '../settings/settings-panel.ts'
import {
  endsAt,
  isAboutToStart,
  isFedByEncoders,
  isOnAir,
  streamAdvice,
  streamState,
  takenWithinMs,
} from '../words/stream-words.ts'
import { QuestionEvent } from './confirm-dialog.ts'
import { embedPanel } from './embed-panel.ts'
import './encoder-panel.ts'
import { openPlaybackId } from '../words/open-playback-id.ts'
import { eventPanel } from './event-panel.ts'
import { formProblem } from './field.ts'
import { offIcon, playIcon, stopIcon, watchIcon } from './icons.ts'
import './input-list.ts'
import { LightElement } from './light-element.ts'
import './live-picture.ts'
import './past-broadcasts.ts'
import './slate-panel.ts'
import { streamFacts } from './stream-facts.ts'
import './stream-spark.ts'
import './time-words.ts'

type Panel = 'encoder' | 'embed' | 'events' | 'broadcasts' | 'slates' | 'settings'

/** One live stream with all that can be done to it. */
class StreamCard extends LightElement {
  static override properties = {
    stream: { attribute: false },
    platforms: { attribute: false },
    events: { attribute: false },
    panel: { state: true },
  }
  declare stream: LiveStream
  /** What control knows of platforms; null until that is there. */
  declare platforms: readonly Platform[] | null
  declare events: readonly StreamEventRecord[] | undefined
  declare panel: Panel | null
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.panel = null
  }

  protected override render(): TemplateResult {
    const { stream } = this
    const { label, tone } = streamState(stream)
    const advice = streamAdvice(stream)
    const ends = endsAt(stream)
    const playbackId = openPlaybackId(stream) ?? ''
    return html`
      <article class="card" id=${stream.id} tabindex="-1" aria-labelledby=${`name-${stream.id}`}>
        <div class="card-picture">
          <live-picture .streamId=${stream.id} .playbackId=${playbackId} .onAir=${isOnAir(stream)}
            .words=${isOnAir(stream) ? 'The picture is coming…' : label}></live-picture>
        </div>
        <div class="card-head">
          <h2 id=${`name-${stream.id}`}>${stream.name}</h2>
          <p class="state ${tone}">${label} <time-words form="for" .at=${stream.status_since}></time-words></p>
          <p class="advice">
            ${advice}
            ${ends ? html`Without it the broadcast ends <time-words form="until" .at=${ends}></time-words>.` : nothing}
          </p>
          ${streamFacts(stream)}
          ${isOnAir(stream) ? html`<stream-spark .stream=${stream}></stream-spark>` : nothing}
          ${this.#actions(playbackId)} ${formProblem(this.#requests.problem)}
        </div>
        <input-list .stream=${stream}></input-list>
        <destination-list .stream=${stream} .platforms=${this.platforms}></destination-list>
        ${this.#panels()}
      </article>`
  }

  /** What is said of a stream that no worker takes is said after a while, though nothing changes. */
  protected override updated(): void {
    clearTimeout(this.#lookAgain)
    if (isAboutToStart(this.stream)) this.#lookAgain = setTimeout(() => this.requestUpdate(), takenWithinMs)
  }
  #lookAgain: ReturnType<typeof setTimeout> | undefined

  #actions(playbackId: string): TemplateResult {
    const { enabled, status } = this.stream
    const busy = this.#requests.busy
    return html`
      <div class="actions">
        ${
          enabled
            ? nothing
            : html`<button type="button" class="primary" data-needs="write" aria-busy=${busy === 'enable'} @click=${this.#enable}>${playIcon} Switch on</button>`
        }
        ${
          enabled && !isOnAir(this.stream) && hasPush(this.stream)
            ? html`<button type="button" data-needs="write" aria-busy=${busy === 'publish'} @click=${this.#publish}>${cameraIcon} Go live from here</button>`
            : nothing
        }
        ${playbackId ? html`<a class="button" href=${`/watch/${playbackId}`} target="_blank">${watchIcon} Watch</a>` : nothing}
        ${
          isOnAir(this.stream) && enabled
            ? html`<button type="button" data-needs="write" @click=${this.#askToComplete}>${stopIcon} End broadcast</button>`
            : nothing
        }
        ${
          enabled
            ? html`<button type="button" data-needs="write" aria-busy=${busy === 'disable'}
                @click=${status === 'idle' ? this.#disable : this.#askToDisable}>${offIcon} Switch off</button>`
            : nothing
        }
      </div>`
  }

  #panels(): TemplateResult {
    const { stream, panel } = this
    const panels: readonly (readonly [Panel, string])[] = [
      ...(hasPush(stream) && may('write') ? ([['encoder', 'Connect an encoder']] as const) : []),
      ['embed', 'Put it on your site'],
      ['events', 'What happened'],
      ['broadcasts', 'Past broadcasts'],
      ...(may('write')
        ? ([
            ['slates', 'Slates'],
            ['settings', 'Settings'],
          ] as const)
        : []),
    ]
    const panelId = `panel-${stream.id}`
    return html`
      <div class="panels">
        <div class="panel-buttons">
          ${panels.map(
            ([name, words]) => html`
              <button type="button" class="plain text" aria-expanded=${panel === name} aria-controls=${panelId}
                @click=${() => this.#show(panel === name ? null : name)}>${words}</button>`,
          )}
          <a class="button plain text" href=${`/statistics/${stream.id}`}>Statistics</a>
        </div>
        <div class="panel" id=${panelId} ?hidden=${panel === null}>${this.#panel()}</div>
      </div>`
  }

  #panel(): TemplateResult | typeof nothing {
    switch (this.panel) {
      case 'encoder':
        return html`<encoder-panel .stream=${this.stream}></encoder-panel>`
      case 'embed':
        return embedPanel(this.stream)
      case 'events':
        return html`${eventPanel(this.events, this.#requests.problem)}
          <p><a href=${`/logs/${encodeURIComponent(this.stream.id)}`} target="_blank">Log of this stream<span class="unseen">, in a new tab</span></a></p>`
      case 'broadcasts':
        return html`<past-broadcasts .stream=${this.stream}></past-broadcasts>`
      case 'slates':
        return html`<slate-panel .stream=${this.stream}></slate-panel>`
      case 'settings':
        return html`<settings-panel .stream=${this.stream}></settings-panel>`
      case null:
        return nothing
    }
  }

  #show(panel: Panel | null): void {
    this.panel = panel
    if (panel === 'events') void this.#loadEvents()
  }

  /** The dashboard keeps what it reads, and adds what happens from now on. */
  async #loadEvents(): Promise<void> {
    const { id } = this.stream
    await this.#requests.send('events', async (api, apply) =>
      apply({ type: 'events_listed', id, events: await api.events(id) }),
    )
  }

  #publish(): void {
    const { id } = this.stream
    void openStudio(this.stream, async () => {
      const revealed = await this.#requests.send('publish', (api) => api.reveal(id))
      return revealed?.answer.stream_key ?? null
    })
  }

  #enable(): void {
    const { id } = this.stream
    void this.#requests.send('enable', (api) => api.enable(id), id)
  }

  #disable(): void {
    const { id } = this.stream
    void this.#requests.send('disable', (api) => api.disable(id), id)
  }

  #askToDisable(): void {
    const { id, name } = this.stream
    this.dispatchEvent(
      new QuestionEvent({
        heading: `Switch “${name}” off?`,
        words:
          'The broadcast ends for viewers and on all destinations. No encoder can connect until you switch it on again.',
        confirm: 'Switch off',
        dangerous: true,
        streamId: id,
        run: (api) => api.disable(id),
      }),
    )
  }

  #askToComplete(): void {
    const { id, name, always_on } = this.stream
    const returns = isFedByEncoders(this.stream) && !always_on
    this.dispatchEvent(
      new QuestionEvent({
        heading: `End the broadcast of “${name}”?`,
        words: returns
          ? 'Viewers and all destinations see that it is over. Stop your encoder too: if it connects again, a new broadcast starts.'
          : 'Viewers and all destinations see that it is over, and the stream is switched off.',
        confirm: 'End broadcast',
        dangerous: true,
        streamId: id,
        run: (api) => api.complete(id),
      }),
    )
  }
}
customElements.define('stream-card', StreamCard)

const hasPush = ({ inputs }: LiveStream): boolean => inputs.some(({ type }) => type === 'push')
