import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { Asset } from '#schema/contracts/asset.ts'
import type { ClosingSlateChoice, SlateChoice, SlateState } from '#schema/contracts/slate.ts'
import type { SlateMoment } from '#schema/enums.ts'
import type { RequestProblem } from '../problem.ts'
import { uploadTypes } from '../upload-asset.ts'
import { assetWords, closingTimes, momentWords, slateProgress } from '../words/slate-words.ts'
import './card-words.ts'
import { formProblem } from './field.ts'
import { addIcon } from './icons.ts'

export type AnyChoice = SlateChoice | ClosingSlateChoice

export interface MomentOptions {
  readonly moment: SlateMoment
  /** Makes the ids of the fields unlike all others. */
  readonly at: string
  readonly choice: AnyChoice | null
  /** What stands on cards below the words. */
  readonly streamName: string
  /** What null means here. */
  readonly noChoice: string
  readonly assets: readonly Asset[]
  readonly status: SlateState | null
  /** Percent of the upload that is under way for this moment. */
  readonly uploading: number | null
  readonly busy: boolean
  /** What went wrong with what was asked last, if that was here. */
  readonly problem: RequestProblem | null
  /** Gives whether it holds now. */
  readonly choose: (choice: AnyChoice | null) => Promise<boolean>
  readonly upload: (file: File) => void
}

/** One moment: what is shown then, how far the worker is with it, and a preview. */
export function slateMoment(options: MomentOptions): TemplateResult {
  const { moment, at, choice, noChoice, assets, uploading, busy } = options
  const { label, sentence } = momentWords[moment]
  const id = `${at}-${moment}`
  const progress = slateProgress(options.status)
  const asset =
    choice && choice.type !== 'card' ? assets.find(({ id: assetId }) => assetId === choice.asset_id) : undefined
  const onChoose = (event: Event) => options.choose(chosen((event.target as HTMLSelectElement).value, options))
  const onFile = (event: Event) => {
    const field = event.target as HTMLInputElement
    const file = field.files?.[0]
    field.value = ''
    if (file) options.upload(file)
  }
  return html`
    <fieldset class="slate" aria-busy=${busy}>
      <legend>${label}</legend>
      <p class="hint" id=${`${id}-hint`}>${sentence}</p>
      <div class="slate-choice">
        <select aria-label=${`${label}: what is shown`} aria-describedby=${`${id}-hint`} @change=${onChoose}>
          <option value="" .selected=${live(choice === null)}>${noChoice}</option>
          <option value="card" .selected=${live(choice?.type === 'card')}>Card with words</option>
          ${assets.map(
            (each) => html`<option value=${each.id} .selected=${live(each === asset)}>${assetWords(each)}</option>`,
          )}
        </select>
        <label class="button">
          ${addIcon} Upload…
          <input class="unseen" type="file" accept=${uploadTypes} aria-label=${`${label}: upload a picture or a video`}
            @change=${onFile}>
        </label>
      </div>
      ${choice?.type === 'card' ? cardWords(options, choice, id) : nothing}
      ${moment === 'after' && choice ? closingTime(options, choice, id) : nothing}
      ${asset ? preview(asset) : nothing}
      <div role="status">
        ${
          uploading === null
            ? nothing
            : html`<label class="hint">Uploading <progress max="100" value=${uploading}></progress> ${Math.round(uploading)} %</label>`
        }
        ${uploading === null && progress ? html`<p class="state ${progress.tone}">${progress.words}</p>` : nothing}
      </div>
      ${formProblem(options.problem)}
    </fieldset>`
}

const cardWords = (
  { moment, streamName, choose }: MomentOptions,
  choice: AnyChoice & { type: 'card' },
  id: string,
) => html`
  <card-words .fieldId=${`${id}-text`} .text=${choice.text} .usual=${momentWords[moment].usual} .streamName=${streamName}
    .save=${(text: string | null) => choose({ ...choice, text })}></card-words>`

function closingTime(options: MomentOptions, choice: AnyChoice, id: string): TemplateResult {
  const seconds = 'seconds' in choice ? choice.seconds : 0
  const times = closingTimes.some(([each]) => each === seconds)
    ? closingTimes
    : [...closingTimes, [seconds, `${seconds} seconds`] as const]
  const onChange = (event: Event) =>
    options.choose({ ...choice, seconds: Number((event.target as HTMLSelectElement).value) })
  return html`
    <div class="field inline">
      <label for=${`${id}-seconds`}>Shown for</label>
      <select id=${`${id}-seconds`} @change=${onChange}>
        ${times.map(([each, words]) => html`<option value=${each} .selected=${live(each === seconds)}>${words}</option>`)}
      </select>
    </div>`
}

const preview = (asset: Asset): TemplateResult => {
  const source = `/v1/assets/${encodeURIComponent(asset.id)}/content`
  return html`
    <div class="slate-preview">
      ${
        asset.kind === 'image'
          ? html`<img src=${source} alt=${`Preview of ${asset.name}`} loading="lazy">`
          : html`<video src=${source} controls loop muted playsinline preload="metadata" aria-label=${`Preview of ${asset.name}`}></video>`
      }
    </div>`
}

/** What somebody chose from the list. */
function chosen(value: string, { moment, assets, choice }: MomentOptions): AnyChoice | null {
  if (value === '') return null
  const asset = assets.find(({ id }) => id === value)
  const closing = closingOf(moment, choice)
  return asset ? choiceOf(asset, moment, choice) : { type: 'card', text: null, ...closing }
}

/** An upload as the slate of a moment. */
export function choiceOf(asset: Asset, moment: SlateMoment, before: AnyChoice | null): AnyChoice {
  const rest = { asset_id: asset.id, ...closingOf(moment, before) }
  return asset.kind === 'image' ? { type: 'image', ...rest } : { type: 'video', ...rest }
}

/** A closing slate that is new is shown for ten seconds. */
const closingOf = (moment: SlateMoment, choice: AnyChoice | null) =>
  moment === 'after' ? { seconds: choice && 'seconds' in choice ? choice.seconds : 10 } : {}
