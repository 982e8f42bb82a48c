/** A STUN or TURN server that publishers are told of. */
export interface IceServer {
  /** `stun:…`, `turn:…?transport=udp`, `turns:…`. */
  readonly urls: readonly string[]
  readonly username?: string
  readonly credential?: string
}

/** `Link` header values for them (RFC 9725 §4.6): one per URL. */
export function iceServerLinks(servers: readonly IceServer[]): string[] {
  return servers.flatMap(({ urls, username, credential }) =>
    urls.map((url) =>
      [
        `<${url}>; rel="ice-server"`,
        ...(username === undefined ? [] : [`username=${quoted(username)}`]),
        ...(credential === undefined ? [] : [`credential=${quoted(credential)}`, 'credential-type="password"']),
      ].join('; '),
    ),
  )
}

/** A quoted-string (RFC 9110 §5.6.4). */
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
