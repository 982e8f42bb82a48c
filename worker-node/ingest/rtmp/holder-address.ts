import type { LeaseHolder } from '#schema/contracts/worker.ts'

/** A TCP address that takes RTMP, plain or over TLS. */
export interface HolderAddress {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly app: string
  readonly tcUrl: string
}

/**
 * Where the worker that holds a lease takes encoders, best first. Its RTMP address may be a name that all workers share,
 * so the host by which control reaches that one worker comes first; an RTMPS address is taken as it is, for its certificate.
 */
export function holderAddresses({
  rtmp_url,
  origin_url,
}: Pick<LeaseHolder, 'rtmp_url' | 'origin_url'>): HolderAddress[] {
  const told = addressOf(rtmp_url)
  const own = origin_url === undefined ? null : URL.parse(origin_url)
  if (told.secure || own === null || bare(own.hostname) === told.host) return [told]
  return [addressOf(`rtmp://${own.hostname}:${told.port}/${told.app}`), told]
}

function addressOf(rtmpUrl: string): HolderAddress {
  const url = new URL(rtmpUrl)
  const secure = url.protocol === 'rtmps:'
  const app = url.pathname.replace(/^\/+|\/+$/g, '')
  return {
    host: bare(url.hostname),
    port: url.port === '' ? (secure ? 443 : 1935) : Number(url.port),
    secure,
    app,
    tcUrl: `${url.protocol}//${url.host}/${app}`,
  }
}

const bare = (host: string) => host.replace(/^\[|\]$/g, '')
