import { spawn } from 'node:child_process'
import { whenOver } from '#tests/support/when-over.ts'
import type { Source } from '#worker/ingest/source.ts'

/** One packet that a source gave, as ffprobe reads it. */
export interface ProbedPacket {
  readonly kind: 'video' | 'audio'
  /** Seconds. */
  readonly pts: number
  readonly dts: number
  /** When it was read, milliseconds of `performance.now()`. */
  readonly atMs: number
}

/** Opens a source and reads its packets with a real demuxer, as they come. The list grows until the source ends. */
export function probePackets(source: Source): { packets: ProbedPacket[]; errors: () => string } {
  const packets: ProbedPacket[] = []
  const input = source.input.kind === 'stdin' ? source.input.format : ''
  const entries = ['-show_entries', 'packet=codec_type,pts_time,dts_time', '-of', 'csv=p=0']
  const probe = spawn('ffprobe', ['-v', 'warning', '-analyzeduration', '300000', '-f', input, ...entries, 'pipe:0'])
  whenOver(() => void probe.kill('SIGKILL'))
  let rest = ''
  probe.stdout.on('data', (text: Buffer) => {
    const lines = (rest + String(text)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [kind, pts, dts] = line.split(',')
      if (kind === 'video' || kind === 'audio')
        packets.push({ kind, pts: Number(pts), dts: Number(dts), atMs: performance.now() })
    }
  })
  let errors = ''
  probe.stderr.on('data', (text: Buffer) => {
    errors += text
  })
  probe.stdin.on('error', () => {})
  source.open()?.pipe(probe.stdin)
  return { packets, errors: () => errors }
}

/** The largest step between two packets of a kind by their own clock and by ours, seconds; the smallest as well. */
export function steps(packets: readonly ProbedPacket[], kind: ProbedPacket['kind']) {
  const own = packets.filter((packet) => packet.kind === kind)
  const pairs = own.slice(1).map((packet, index) => ({ packet, before: own[index]! }))
  const media = pairs.map(({ packet, before }) => packet.dts - before.dts)
  const wall = pairs.map(({ packet, before }) => (packet.atMs - before.atMs) / 1_000)
  return { largest: Math.max(...media), smallest: Math.min(...media), largestWait: Math.max(...wall) }
}
