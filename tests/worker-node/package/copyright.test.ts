import { expect, it } from 'vitest'
import type { CopyrightProfile } from '#schema/contracts/settings.ts'
import { packageOf } from '#tests/support/live-origin.ts'
import { syntheticMedia } from '#tests/support/live-samples.ts'

const nobody: CopyrightProfile = { owner: null, notice: null, url: null }

it('stands in the multivariant playlist and the manifest as it is now, and nowhere while nobody is named', () => {
  let copyright = nobody
  const { package: live, feed } = packageOf(syntheticMedia({ gopSeconds: 2 }), 'tutorial', {
    copyright: () => copyright,
  })
  feed.advance(3)
  expect(live.multivariant().toString()).not.toContain('SESSION-DATA')
  expect(live.manifest().toString()).not.toContain('Copyright')
  copyright = {
    owner: 'A "quoted" & <tagged> School',
    notice: 'All rights reserved.',
    url: 'https://school.example/?a=1&b=2',
  }
  feed.advance(1)
  expect(live.multivariant().toString()).toContain(
    [
      `#EXT-X-SESSION-DATA:DATA-ID="dev.weir.copyright.owner",VALUE="A 'quoted' & <tagged> School"`,
      '#EXT-X-SESSION-DATA:DATA-ID="dev.weir.copyright.notice",VALUE="All rights reserved."',
      '#EXT-X-SESSION-DATA:DATA-ID="dev.weir.copyright.url",VALUE="https://school.example/?a=1&b=2"',
    ].join('\n'),
  )
  expect(live.manifest().toString()).toContain(
    '<ProgramInformation moreInformationURL="https://school.example/?a=1&#38;b=2"><Title>Lecture 1</Title>' +
      '<Copyright>© A &#34;quoted&#34; &#38; &#60;tagged&#62; School. All rights reserved.</Copyright></ProgramInformation>',
  )
})
