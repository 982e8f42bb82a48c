import { describe, expect, it } from 'vitest'
import { withAbsoluteBase } from '#worker/ingest/egress/mpd-base.ts'
import { OriginAliases } from '#worker/ingest/egress/origin-aliases.ts'

describe('stand-ins for https', () => {
  it('hide the scheme, keep the rest, and lead back', () => {
    const aliases = new OriginAliases()
    const url = 'https://user:pw@cdn.example:8443/live/a.m3u8?token=a%2Fb'
    expect(aliases.conceal(url)).toBe('http://user:pw@https-0.weir.invalid/live/a.m3u8?token=a%2Fb')
    expect(aliases.reveal('http://https-0.weir.invalid/live/b.ts?x=1').href).toBe(
      'https://cdn.example:8443/live/b.ts?x=1',
    )
  })

  it('are one per server, whatever its spelling', () => {
    const aliases = new OriginAliases()
    expect(aliases.conceal('https://CDN.example/a')).toBe('http://https-0.weir.invalid/a')
    expect(aliases.conceal('https://cdn.example/b')).toBe('http://https-0.weir.invalid/b')
    expect(aliases.conceal('https://other.example')).toBe('http://https-1.weir.invalid')
  })

  it('leave http alone, and are not guessed', () => {
    const aliases = new OriginAliases()
    expect(aliases.conceal('http://cdn.example/a')).toBe('http://cdn.example/a')
    expect(aliases.reveal('http://cdn.example/a').href).toBe('http://cdn.example/a')
    expect(() => aliases.reveal('http://https-0.weir.invalid/a')).toThrow(TypeError)
  })

  it('are 256 at most', () => {
    const aliases = new OriginAliases()
    for (let index = 0; index < 256; index++) aliases.conceal(`https://s${index}.example/`)
    expect(() => aliases.conceal('https://one-too-many.example/')).toThrow(RangeError)
  })

  it('take the place of every https address in a text', () => {
    const text =
      '#EXT-X-MAP:URI="https://a.example/i.mp4"\nHTTPS://b.example:1/x?y=https://a.example/z\nc.ts\n//c.example/d.ts'
    expect(new OriginAliases().concealIn(text, { overTls: true }).split('\n')).toEqual([
      '#EXT-X-MAP:URI="http://https-0.weir.invalid/i.mp4"',
      'http://https-1.weir.invalid/x?y=http://https-0.weir.invalid/z',
      'c.ts',
      'http://https-2.weir.invalid/d.ts',
    ])
    expect(new OriginAliases().concealIn('//c.example/d.ts', { overTls: false })).toBe('//c.example/d.ts')
  })
})

describe('the base of an MPD', () => {
  const url = new URL('https://cdn.example/a/b/live.mpd?token=1')

  it('is the folder it came from, where it has none', () => {
    expect(withAbsoluteBase('<?xml version="1.0"?>\n<MPD type="static"><Period/></MPD>', url)).toBe(
      '<?xml version="1.0"?>\n<MPD type="static"><BaseURL>https://cdn.example/a/b/</BaseURL><Period/></MPD>',
    )
  })

  it('is made absolute, where it is relative, and only at the top', () => {
    const mpd =
      '<mpd:MPD xmlns:mpd="urn:x"><mpd:BaseURL>../c/?x=1&amp;y=2</mpd:BaseURL><mpd:Period><mpd:BaseURL>v/</mpd:BaseURL></mpd:Period></mpd:MPD>'
    expect(withAbsoluteBase(mpd, url)).toBe(mpd.replace('../c/?', 'https://cdn.example/a/c/?'))
  })

  it('stays, where it is absolute, and where this is no MPD', () => {
    const mpd = '<MPD><BaseURL>https://other.example/</BaseURL><Period/></MPD>'
    expect(withAbsoluteBase(mpd, url)).toBe(mpd)
    expect(withAbsoluteBase('<html/>', url)).toBe('<html/>')
  })
})
