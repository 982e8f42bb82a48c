import type { Issue } from '../contracts/live-stream.ts'
import type { EncoderChoice, VideoEncoder } from '../enums.ts'
import { type BroadcastPlan, type BroadcastRequest, planBroadcast } from './broadcast-plan.ts'

/** An encoder of a machine, and what it can do beside what it does already. */
export interface EncoderRoom {
  readonly name: VideoEncoder
  /** Of software: of the CPU, which works for the hardware encoders as well. See {@link EncodePlan}. */
  readonly encodeUnits: number
}

/** What a stream says of its encoder. */
export interface EncoderWish {
  readonly encoder: EncoderChoice
  readonly noSoftwareFallback: boolean
}

export interface EncoderPlan {
  readonly encoder: VideoEncoder
  readonly plan: BroadcastPlan
  readonly issues: readonly Issue[]
}

/**
 * Plans a broadcast for the encoder that is wanted. `auto` takes the hardware encoder that makes the most of what is
 * asked for, and software where that makes more. One that is not there is replaced by software, unless that may not be:
 * then it is planned for all the same, and tried. `rooms`: what the machine has, best first.
 */
export function planByEncoder(
  request: Omit<BroadcastRequest, 'encoder' | 'encodeUnits' | 'cpuUnits'>,
  wish: EncoderWish,
  rooms: readonly EncoderRoom[],
): EncoderPlan {
  const cpuUnits = rooms.find(({ name }) => name === 'software')?.encodeUnits ?? 0
  const planFor = ({ name, encodeUnits }: EncoderRoom): EncoderPlan => {
    const room = name === 'software' ? { encodeUnits: cpuUnits } : { encodeUnits, cpuUnits }
    return { encoder: name, plan: planBroadcast({ ...request, encoder: name, ...room }), issues: [] }
  }
  const { encoder: wanted, noSoftwareFallback } = wish
  const software: EncoderRoom = { name: 'software', encodeUnits: cpuUnits }
  if (wanted === 'software') return planFor(software)
  if (wanted === 'auto') return mostOf([...hardware(rooms), software].map(planFor))
  const present = rooms.find(({ name }) => name === wanted)
  if (present) return planFor(present)
  if (noSoftwareFallback) {
    const tried = planFor({ name: wanted, encodeUnits: Number.POSITIVE_INFINITY })
    return encodes(tried.plan) ? { ...tried, issues: [notThereAtAll(wanted)] } : tried
  }
  const instead = planFor(software)
  return encodes(instead.plan) ? { ...instead, issues: [notThere(wanted)] } : instead
}

/** Which makes most of what was asked for; of equals the first. */
function mostOf(plans: readonly EncoderPlan[]): EncoderPlan {
  const made = ({ plan }: EncoderPlan) => plan.viewers.plan.renditions.length + plan.feeds.length
  return plans.reduce((best, each) => (made(each) > made(best) ? each : best))
}

/** Quick Sync and VAAPI are two ways to one part of the machine: it is not counted twice. */
function hardware(rooms: readonly EncoderRoom[]): EncoderRoom[] {
  const hasQuickSync = rooms.some(({ name }) => name === 'h264_qsv')
  return rooms.filter(({ name }) => name !== 'software' && !(name === 'h264_vaapi' && hasQuickSync))
}

const encodes = ({ viewers, feeds }: BroadcastPlan) => [viewers.plan, ...feeds].some(({ passthrough }) => !passthrough)

const notThere = (encoder: VideoEncoder): Issue => ({
  code: 'encoder_not_there',
  severity: 'warning',
  detail: `The worker has no ${encoder} that works, so x264 on its CPU encodes this stream.`,
  fix: 'Choose `auto`, or an encoder that the worker has: the list of workers names them. Where there should be one, look at its driver and at the log of the worker.',
})

const notThereAtAll = (encoder: VideoEncoder): Issue => ({
  code: 'encoder_not_there',
  severity: 'error',
  detail: `The worker has no ${encoder} that works, and x264 may not take its place: only the slate is shown.`,
  fix: 'Choose `auto` or an encoder that the worker has (the list of workers names them), or allow software with `no_software_fallback: false`.',
})
