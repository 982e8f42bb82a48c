import { html, type TemplateResult } from 'lit'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { latencyModeFigures } from '#schema/latency-modes.ts'
import { errorId, fieldError } from '../components/field.ts'
import type { RequestProblem } from '../problem.ts'
import { numberRefusal, typedNumber } from '../typed-number.ts'

type Packaging = LiveStream['packaging']

export interface PackagingOptions {
  readonly stream: LiveStream
  readonly problem: RequestProblem | null
  readonly busy: boolean
  readonly note: TemplateResult | symbol
  readonly save: (packaging: Packaging) => void
}

/** Lengths of what players fetch. What the rules of HLS or DASH don't allow, control refuses at its field. */
export function packagingForm({ stream, problem, busy, note, save }: PackagingOptions): TemplateResult {
  const { id: at, packaging, latency_mode } = stream
  const usual = latencyModeFigures[latency_mode]
  const field = (name: keyof Packaging, label: string, usualLength: number | null) => {
    const id = `${name}-${at}`
    const wrong = refusalWords(problem?.fields.get(`/packaging/${name}`))
    return html`
      <div class="field">
        <label for=${id}>${label}</label>
        <input id=${id} name=${name} inputmode="decimal" autocomplete="off" placeholder=${usualLength ?? 'None'}
          .defaultValue=${String(packaging[name] ?? '')} aria-invalid=${wrong !== undefined} aria-describedby=${errorId(id)}>
        ${fieldError(id, wrong)}
      </div>`
  }
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault()
    const fields = new FormData(event.target as HTMLFormElement)
    const typed = (name: keyof Packaging) => typedNumber(fields.get(name))
    save({
      part_s: typed('part_s'),
      segment_s: typed('segment_s'),
      window_segments: typed('window_segments'),
    })
  }
  return html`
    <form class="packaging" novalidate aria-label="Lengths of what players fetch" @submit=${onSubmit}>
      <div class="columns">
        ${field('part_s', 'Part, seconds', usual.partTargetSeconds)}
        ${field('segment_s', 'Segment, seconds', usual.segmentSeconds)}
        ${field('window_segments', 'Segments to go back', usual.windowSegments)}
      </div>
      <p class="hint">Short parts: viewers are closer to you. Long segments: fewer requests. Empty: what fits how far behind viewers may be.</p>
      ${note}
      <div class="buttons"><button aria-busy=${busy}>Save lengths</button></div>
    </form>`
}

/** The rule that breaks, with the fields called as they are here. */
const refusalWords = (refusal: string | undefined): string | undefined =>
  numberRefusal(refusal, '0.5')
    ?.replaceAll('part_s', 'the part')
    .replaceAll('segment_s', 'the segment')
    .replaceAll('window_segments', 'the segments to go back')
