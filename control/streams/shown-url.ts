/** Where the path may be, or end with, a stream key. */
const keyInPath = /^(rtmps?|srt):$/

/** An address without what may be secret in it: user, password, query and fragment, and of RTMP and SRT the path. */
export function shownUrl(address: string): string {
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${keyInPath.test(protocol) ? '/…' : pathname}`
}
