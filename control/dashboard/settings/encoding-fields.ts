import { html, nothing, type TemplateResult } from 'lit'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { encoderPresets } from '#schema/enums.ts'
import type { ShownWorker } from '../api.ts'
import { effortWords, encodersToChoose, encoderWords, upscaleChoices } from '../words/encoding-words.ts'
import { settingBox, settingChoice } from './setting-fields.ts'

/** What can be changed of a stream in its settings. */
export type Change = Partial<
  Pick<
    LiveStream,
    | 'latency_mode'
    | 'ladder'
    | 'reconnect_window'
    | 'always_on'
    | 'audio'
    | 'encoder'
    | 'encoder_preset'
    | 'no_software_fallback'
    | 'upscale'
    | 'upscale_height'
    | 'packaging'
  >
>

export interface EncodingOptions {
  /** As it would be. */
  readonly stream: LiveStream
  readonly workers: readonly ShownWorker[]
  readonly note: (field: keyof Change) => TemplateResult | typeof nothing
  readonly change: (change: Change) => void
}

/** What encodes the picture, how hard it works, and whether it makes small sources larger. */
export function encodingFields({ stream, workers, note, change }: EncodingOptions): TemplateResult {
  const { id: at, encoder, encoder_preset, no_software_fallback, upscale, upscale_height } = stream
  return html`
    <details>
      <summary>How the picture is encoded</summary>
      ${settingChoice({
        at,
        label: 'Encoder',
        chosen: encoder,
        choices: encodersToChoose(workers, encoder).map((each) => [each, encoderWords[each]]),
        hint: encodersHint(workers),
        note: note('encoder'),
        choose: (chosen) => change({ encoder: chosen as LiveStream['encoder'] }),
      })}
      ${
        encoder === 'software'
          ? nothing
          : settingBox({
              label: 'Never fall back to the processor',
              sentence: 'If the graphics fail, viewers see “Be right back” until they work again.',
              isOn: no_software_fallback,
              note: note('no_software_fallback'),
              choose: (on) => change({ no_software_fallback: on }),
            })
      }
      ${settingChoice({
        at,
        label: 'Effort of the processor',
        chosen: encoder_preset ?? '',
        choices: [
          ['', 'As fits how far behind viewers may be'],
          ...encoderPresets.map((each) => [each, effortWords[each]] as const),
        ],
        note: note('encoder_preset'),
        choose: (preset) => change({ encoder_preset: (preset || null) as LiveStream['encoder_preset'] }),
      })}
      ${settingChoice({
        at,
        label: 'Enlarge small sources',
        chosen: upscale === 'off' ? 'off' : String(upscale_height),
        choices: upscaleChoices(upscale, upscale_height),
        hint: 'Sharper than what a screen makes of it, and more to encode. It adds no detail.',
        note: note('upscale'),
        choose: (to) => change(to === 'off' ? { upscale: 'off' } : { upscale: 'lanczos', upscale_height: Number(to) }),
      })}
    </details>`
}

/** Which machines have graphics that encode. */
function encodersHint(workers: readonly ShownWorker[]): string | null {
  if (workers.length === 0) return null
  const withGraphics = workers.filter(({ capacity }) => capacity.encoders?.some(({ name }) => name !== 'software'))
  if (withGraphics.length === 0) return 'No worker has graphics that can encode: all is done by the processor.'
  return `Graphics that can encode: ${withGraphics.map(({ name }) => name).join(', ')}.`
}
