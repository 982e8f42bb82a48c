import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { JobSlate } from '#schema/contracts/slate.ts'
import { eventually } from '#tests/support/eventually.ts'
import { ProgramFolder } from '#tests/support/programs.ts'
import { described, smallPlan } from '#tests/support/transcode-run.ts'
import { SessionFeed } from '#worker/session/feed.ts'
import { noUploads, recordedLog } from '../agent/registry-under-test.ts'

it('takes the slate that is being made along when nobody wants the feed any more', async () => {
  const programs = await ProgramFolder.create()
  const session = new AbortController()
  onTestFinished(async () => {
    session.abort()
    await programs.remove()
  })
  const begun = join(programs.path, 'begun')
  const ffmpeg = await programs.ffmpeg(`touch '${begun}'\nexec sleep 60`)
  const { log, lines } = recordedLog()
  const card: JobSlate = { type: 'card', text: null }
  const feed = new SessionFeed({
    host: { ffmpeg, slateDir: join(programs.path, 'slates'), fetchAsset: noUploads },
    ...{ log, signal: session.signal, title: () => 'Lecture 1' },
    slates: () => ({ before: card, during: card, after: card, after_seconds: 0 }),
    ...{ output: () => {}, onTracks: () => {}, onBegin: () => {}, onSwitch: () => {} },
  })
  const made = feed.slate.make(smallPlan(described(), { heights: [180] }))
  await eventually('it is being made', () =>
    access(begun).then(
      () => true,
      () => false,
    ),
  )
  await feed.end()
  expect([await made, lines]).toEqual([undefined, []])
})
