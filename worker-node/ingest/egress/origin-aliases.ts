/** More servers in one programme than anybody has. */
const most = 256

/**
 * Names that stand for `https://` servers towards FFmpeg: it fetches `http://https-1.weir.invalid/…` from our proxy, which
 * speaks TLS and verifies the certificate in its place (FFmpeg 5.1 can't for the segments of a playlist).
 */
export class OriginAliases {
  readonly #origins: string[] = []

  /** The address as FFmpeg shall see it: `https:` is taken out, the rest stays. */
  conceal(url: string): string {
    return url.replace(/^https:\/\/((?:[^/?#@]*@)?)([^/?#]+)/i, (_, user: string, authority: string) => {
      return `http://${user}${this.#aliasOf(authority)}`
    })
  }

  /** The address that FFmpeg means. Throws a TypeError for what is no address. */
  reveal(url: string): URL {
    const revealed = new URL(url)
    const index = /^https-(\d{1,3})\.weir\.invalid$/.exec(revealed.hostname)?.[1]
    if (index === undefined) return revealed
    const authority = this.#origins[Number(index)]
    if (authority === undefined) throw new TypeError('Nobody gave this name')
    return new URL(`https://${authority}${revealed.pathname}${revealed.search}`)
  }

  /**
   * Every `https://` address in the text of a playlist or MPD concealed. Of one that came over TLS, addresses that begin
   * with `//` are https as well (RFC 3986 §4.2).
   */
  concealIn(text: string, { overTls }: { overTls: boolean }): string {
    const whole = overTls ? text.replace(/(^|[\s"'>=])\/\/(?=[^/\s"'<>])/gm, '$1https://') : text
    return whole.replace(/https:\/\/[^/?#\s"'<>&]+/gi, (origin) => this.conceal(origin))
  }

  #aliasOf(authority: string): string {
    const known = this.#origins.indexOf(authority.toLowerCase())
    const index = known >= 0 ? known : this.#origins.push(authority.toLowerCase()) - 1
    if (index >= most) throw new RangeError(`A programme from more than ${most} servers`)
    return `https-${index}.weir.invalid`
  }
}
