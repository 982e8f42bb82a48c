import { relayDatagrams } from '../../srt/datagram-relay.ts'
import { allowedAddresses } from '../egress/dial.ts'
import { timedOut } from '../egress/egress-error.ts'
import { explainExit } from './explain-exit.ts'
import type { FetchOptions } from './fetch-http.ts'
import { type Approach, type Fetched, firstMedia } from './fetched.ts'
import { lost, PullError } from './pull-error.ts'
import { type OutputOptions, srtReader } from './reader-command.ts'

const silenceMs = 8_000
/** What may stand in the query of an address beside `latency`; all else means something for the listener's end only. */
const options = ['passphrase', 'streamid', 'pbkeylen'] as const
/** FFmpeg counts µs where everybody else counts ms: a second and more is rare, less than 10 ms senseless. */
const leastLatencyUs = 10_000

/** Fetches SRT as a caller. FFmpeg calls a relay on loopback, whose packets go to the checked address. */
export async function fetchSrt(address: string, fetchOptions: FetchOptions): Promise<Fetched> {
  const target = new URL(address)
  const approach = (output: OutputOptions) => approachListener(target, fetchOptions, output)
  const media = await firstMedia({ ...fetchOptions, silenceMs, approach })
  return { ...media, protocol: 'srt', pacing: 'arrival' }
}

/** The options of an address for FFmpeg's srt protocol. Throws a PullError for a mode that is not a caller's. */
export function srtOptions(query: URLSearchParams, host: string): Record<string, string> {
  const mode = query.get('mode')
  if (mode !== null && mode !== 'caller')
    throw new PullError(
      'address_unsupported',
      `Weir calls ${host}; it does not wait for a call there (mode=${mode}).`,
      'Take mode= out of the address. To let an encoder call, add a push input.',
    )
  const given = options.flatMap((name) => {
    const value = query.get(name)
    return value === null || value === '' ? [] : [[name, value] as const]
  })
  const latency = Number(query.get('latency'))
  const latencyUs = latency > 0 && latency < leastLatencyUs ? latency * 1_000 : latency
  return { mode: 'caller', ...Object.fromEntries(given), ...(latencyUs > 0 ? { latency: String(latencyUs) } : {}) }
}

async function approachListener(target: URL, { egress }: FetchOptions, output: OutputOptions): Promise<Approach> {
  const { hostname: host, searchParams } = target
  const port = Number(target.port)
  if (!port) throw new PullError('address_unsupported', 'The SRT address has no port.', 'Write srt://host:port.')
  const srt = srtOptions(searchParams, host)
  const [ip = ''] = await allowedAddresses({ host, port }, egress.options)
  let rejection: number | undefined
  let isThere = false
  const relay = await relayDatagrams(ip, port, (packet) => {
    isThere = true
    rejection = rejectionOf(packet) ?? rejection
  })
  return {
    command: srtReader(`srt://127.0.0.1:${relay.port}`, srt, output),
    explain: (exit) => {
      if (!isThere) return timedOut(host)
      if (rejection !== undefined) return rejected(rejection, host)
      return exit.silent || exit.reason !== 'ended' ? explainExit(exit, host) : lost(host)
    },
    close: () => relay.close(),
  }
}

const handshake = 0x8000_0000

/** The code of a handshake that refuses a caller (SRT access control, "rejection reason"). */
function rejectionOf(packet: Buffer): number | undefined {
  if (packet.length < 40 || packet.readUInt32BE(0) !== handshake) return
  const type = packet.readInt32BE(36)
  return type >= 1_000 ? type : undefined
}

function rejected(code: number, host: string): PullError {
  if (code === 1_010 || code === 1_011)
    return new PullError(
      'unauthorized',
      `${host} wants ${code === 1_010 ? 'another' : 'a'} passphrase.`,
      'Write it into the address, as in srt://host:port?passphrase=….',
    )
  if (code === 2_404 || code === 1_404)
    return new PullError('not_found', `${host} knows no such stream id (${code}).`, 'Check streamid= in the address.')
  return new PullError(
    'forbidden',
    `${host} refuses the call (SRT code ${code}).`,
    'Check streamid= and passphrase= in the address.',
  )
}
