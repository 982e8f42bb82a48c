import type { CreatedJoinToken, WorkerAnswer } from '#schema/contracts/worker-admin.ts'
import type { VideoEncoder } from '#schema/enums.ts'

const encoderNames: Readonly<Record<VideoEncoder, string>> = {
  software: 'CPU (x264)',
  h264_nvenc: 'NVIDIA',
  h264_qsv: 'Intel Quick Sync',
  h264_vaapi: 'VAAPI',
  h264_videotoolbox: 'Apple VideoToolbox',
}

/** How full one encoder of a worker is. */
export interface EncoderUse {
  readonly name: string
  /** 0–1. */
  readonly used: number
  /** `1.2 of 4.0 free` */
  readonly words: string
}

/** How full each encoder of a worker is, in the order in which it names them. */
export const encoderUses = ({ capacity, room }: Pick<WorkerAnswer, 'capacity' | 'room'>): EncoderUse[] =>
  room.map(({ name, encode_units: free }) => {
    const units = capacity.encoders?.find((each) => each.name === name)?.encode_units
    const all = Math.max(units ?? capacity.encode_units, 0.01)
    return {
      name: encoderNames[name],
      used: Math.min(1, Math.max(0, 1 - free / all)),
      words: `${free.toFixed(1)} of ${all.toFixed(1)} free`,
    }
  })

/** What the state of a worker is called, and how it looks. */
export function workerState({
  state,
  drain,
  live_streams: count,
}: WorkerAnswer): readonly [look: string, words: string] {
  if (state === 'offline') return ['error', 'Offline']
  if (state === 'online') return ['live', 'Online']
  if (count === 0) return ['warning', 'Empty: it can be stopped']
  return ['warning', drain?.mode === 'finish' ? 'Lets its streams end' : 'Hands its streams over']
}

/** The one command that joins a worker to this control plane. The token goes in by standard input, where no other user of the machine sees it. */
export const joinCommand = ({ token }: Pick<CreatedJoinToken, 'token'>, controlUrl: string): string =>
  `echo "${token}" | weir-worker join ${controlUrl}`

/** `region=eu, disk=fast` as a list. */
export const typedLabels = (text: string): string[] => text.split(',').flatMap((each) => each.trim() || [])
