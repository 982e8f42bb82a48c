/** Where the path may be, or end with, a stream key. */
const keyInPath = /^(rtmps?|srt):$/

/**
 * An address without what may be secret in it: user, password, query and fragment, and of the path all but the last part,
 * by which people know a file; of RTMP and SRT the whole path.
 */
export function shownUrl(address: string): string {
  const { protocol, host, pathname } = new URL(address)
  const parts = pathname.split('/').filter(Boolean)
  const shown = keyInPath.test(protocol) ? '…' : [...(parts.length > 1 ? ['…'] : []), parts.at(-1) ?? ''].join('/')
  return `${protocol}//${host}/${shown}`
}
