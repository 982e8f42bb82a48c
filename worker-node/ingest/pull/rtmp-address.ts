import type { DialTarget } from '../egress/dial.ts'
import { PullError } from './pull-error.ts'

/** An `rtmp:` or `rtmps:` address, taken apart. */
export interface RtmpAddress extends DialTarget {
  readonly app: string
  readonly streamName: string
  /** `rtmp://host:port/app` */
  readonly tcUrl: string
}

/**
 * `rtmp://host/app/stream`, `…/app/instance/stream`: the application is the first part of the path, or the first two where
 * three follow. The query belongs to the stream. Throws a PullError where a part is missing.
 */
export function readRtmpAddress(url: URL): RtmpAddress {
  const tls = url.protocol === 'rtmps:'
  if (url.username !== '')
    throw new PullError(
      'address_unsupported',
      'User and password of an RTMP address are not understood.',
      'Put the token where the server wants it, most often behind a question mark: rtmp://host/app/stream?token=….',
    )
  const parts = url.pathname.split('/').filter((part) => part !== '')
  const appParts = parts.length > 2 ? 2 : 1
  const app = decoded(parts.slice(0, appParts).join('/'))
  const streamName = decoded(parts.slice(appParts).join('/')) + url.search
  if (app === '' || streamName === '')
    throw new PullError(
      'address_unsupported',
      'The RTMP address names no stream.',
      'Write it like rtmp://host/application/stream.',
    )
  return {
    host: url.hostname,
    port: Number(url.port) || (tls ? 443 : 1935),
    tls,
    app,
    streamName,
    tcUrl: `${url.protocol}//${url.host}/${app}`,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
