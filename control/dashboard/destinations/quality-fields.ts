import { html, type TemplateResult } from 'lit'
import type { DestinationProfile, OwnEncode } from '#schema/contracts/destination-profile.ts'
import { choice } from '../components/choices.ts'
import { errorId, fieldError } from '../components/field.ts'
import type { RequestProblem } from '../problem.ts'
import { numberRefusal } from '../typed-number.ts'
import { framingPicture } from './framing-pictures.ts'

export interface QualityOptions {
  /** Makes ids unique on the page. */
  readonly at: string
  /** What holds now. */
  readonly profile: DestinationProfile
  /** The fields as they stand. */
  readonly fields: FormData
  /** Sizes that viewers get, largest first. */
  readonly renditions: readonly string[]
  /** What was refused, of the destination or of its plan. */
  readonly problems: readonly (RequestProblem | null)[]
}

/** In which quality a destination gets the stream; `profileOf` (destination-request.ts) reads the fields. */
export function qualityFields(options: QualityOptions): TemplateResult {
  const { at, profile, fields, problems } = options
  const present = kindOf(profile)
  const chosen = fields.get('quality') ?? present
  const id = `rendition-${at}`
  const renditions = renditionsOf(options)
  return html`
    <fieldset class="quality">
      <legend>In which quality?</legend>
      <div class="choices">
        ${qualities.map(([value, words]) => choice('quality', value, words, value === present))}
      </div>
      <div class="field inline" ?hidden=${chosen !== 'rendition'}>
        <label for=${id}>Size</label>
        <select id=${id} name="rendition">
          ${renditions.map((name) => html`<option value=${name} ?selected=${name === profile}>${name}</option>`)}
        </select>
      </div>
      <div ?hidden=${chosen !== 'own'}>${ownFields(options)}</div>
      ${fieldError(`profile-${at}`, wrongAt(problems, '/profile') && 'Write bit rates as whole numbers, like 3000.')}
    </fieldset>`
}

function ownFields({ at, profile, fields, problems }: QualityOptions): TemplateResult {
  const own: Partial<OwnEncode> = typeof profile === 'string' ? {} : profile
  const orientation = String(fields.get('own_orientation') ?? own.orientation ?? '')
  const framing = String(fields.get('own_framing') ?? own.framing ?? 'blur')
  const isVertical = orientation === 'vertical'
  return html`
    <div class="columns">
      ${list(`height-${at}`, 'own_height', 'Size', heights(own.height), String(own.height ?? 720))}
      ${list(`fps-${at}`, 'own_fps', 'Frame rate', withPresent(frameRates, own.fps), String(own.fps ?? ''))}
      ${rate(`video-${at}`, 'own_video', 'Picture, kbit/s', own.video_bitrate_kbps, wrongAt(problems, '/profile/video_bitrate_kbps'))}
      ${rate(`audio-${at}`, 'own_audio', 'Sound, kbit/s', own.audio_bitrate_kbps, wrongAt(problems, '/profile/audio_bitrate_kbps'))}
      ${list(`keyframe-${at}`, 'own_keyframe', 'Keyframe every', withPresent(keyframes, own.keyframe_interval_s), String(own.keyframe_interval_s ?? ''))}
    </div>
    <fieldset class="shapes">
      <legend>Shape</legend>
      <div class="pills">
        ${shapes.map(
          ([value, words]) => html`
            <label class="pill"><input type="radio" name="own_orientation" value=${value} ?checked=${value === (own.orientation ?? '')}>
              <span>${words}</span></label>`,
        )}
      </div>
    </fieldset>
    <fieldset class="shapes" ?hidden=${orientation === ''}>
      <legend>A picture of another shape is</legend>
      <div class="pills drawn">
        ${(['blur', 'crop'] as const).map(
          (each) => html`
            <label class="pill"><input type="radio" name="own_framing" value=${each} ?checked=${each === (own.framing ?? 'blur')}>
              ${framingPicture(each, isVertical)}<span>${framings[each]}</span></label>`,
        )}
      </div>
      <p class="hint">${framing === 'crop' ? framingHints.crop : framingHints.blur}</p>
    </fieldset>`
}

type Choices = readonly (readonly [value: string, words: string])[]

const list = (id: string, name: string, label: string, choices: Choices, present: string): TemplateResult => html`
  <div class="field">
    <label for=${id}>${label}</label>
    <select id=${id} name=${name}>
      ${choices.map(([value, words]) => html`<option value=${value} ?selected=${value === present}>${words}</option>`)}
    </select>
  </div>`

const rate = (
  id: string,
  name: string,
  label: string,
  present: number | undefined,
  wrong: string | undefined,
): TemplateResult => html`
  <div class="field">
    <label for=${id}>${label}</label>
    <input id=${id} name=${name} inputmode="numeric" autocomplete="off" placeholder="Automatic"
      .defaultValue=${present === undefined ? '' : String(present)}
      aria-invalid=${wrong !== undefined} aria-describedby=${errorId(id)}>
    ${fieldError(id, wrong)}
  </div>`

/** A plan has the field deeper down: `/destinations/0/profile/…`. */
const wrongAt = (problems: readonly (RequestProblem | null)[], field: string): string | undefined =>
  numberRefusal(
    problems.flatMap((problem) => [...(problem?.fields ?? [])]).find(([pointer]) => pointer.endsWith(field))?.[1],
    '3000',
  )

type Quality = 'auto' | 'source' | 'rendition' | 'own'

const qualities: readonly (readonly [Quality, { readonly label: string; readonly sentence: string }])[] = [
  ['auto', { label: 'Automatic', sentence: 'The largest size that viewers get and the platform takes.' }],
  ['source', { label: 'As it comes', sentence: 'Your encoder’s own picture, untouched. Costs nothing.' }],
  ['rendition', { label: 'One of the viewers’ sizes', sentence: 'Shared with viewers. Costs nothing more.' }],
  ['own', { label: 'Its own', sentence: 'Another size, rate or shape, made for it. Takes some of the machine.' }],
]

function kindOf(profile: DestinationProfile): Quality {
  if (typeof profile !== 'string') return 'own'
  return profile === 'auto' || profile === 'source' ? profile : 'rendition'
}

/** What is chosen stays in the list, whatever viewers get by now. */
function renditionsOf({ profile, renditions }: QualityOptions): readonly string[] {
  const present = typeof profile === 'string' && kindOf(profile) === 'rendition' ? [profile] : []
  const known = renditions.length > 0 ? renditions : usualRenditions
  return [...new Set([...known, ...present])].sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))
}
const usualRenditions = ['1080p', '720p', '480p', '360p']

const heights = (present: number | undefined): Choices =>
  [...new Set([2160, 1440, 1080, 720, 480, 360, 240, ...(present === undefined ? [] : [present])])]
    .sort((a, b) => b - a)
    .map((height) => [String(height), `${height}p`])
const frameRates: Choices = [
  ['', 'As the source'],
  ...[60, 50, 30, 25, 24].map((fps) => [String(fps), `${fps} fps`] as const),
]
const keyframes: Choices = [['', 'Automatic'], ...[1, 2, 3, 4].map((each) => [String(each), `${each} s`] as const)]
const withPresent = (choices: Choices, present: number | undefined): Choices =>
  present === undefined || choices.some(([value]) => value === String(present))
    ? choices
    : [...choices, [String(present), String(present)]]
const shapes: Choices = [
  ['', 'As the source'],
  ['landscape', 'Wide, 16:9'],
  ['vertical', 'Upright, 9:16'],
]
const framings = { blur: 'Shown whole', crop: 'Cut to fit' } as const
const framingHints = {
  blur: 'All of the picture, before a blurred ground that fills the rest.',
  crop: 'The middle of the picture fills the frame; its sides are lost.',
} as const
