import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ChannelWatch, watchChannel } from '#tests/support/channel-watch.ts'
import { eventually } from '#tests/support/eventually.ts'
import { flvFixture } from '#tests/support/media.ts'
import { descendants } from '#tests/support/processes.ts'
import { ProgramFolder } from '#tests/support/programs.ts'

// Streamlink is played by a shell script here: its sites that do not send a transport stream can't be had offline.
let programs: ProgramFolder
let watch: ChannelWatch
beforeAll(async () => {
  programs = await ProgramFolder.create()
})
afterEach(() => watch.remove())
afterAll(() => programs.remove())

async function watchScript(live: string) {
  const streamlinkPath = await programs.script(
    'streamlink',
    [
      'case "$*" in',
      '  *--version*) echo "streamlink 5.2.1";;',
      '  *--can-handle*|*--json*) ;;',
      `  *) echo "[cli][info] Found matching plugin kick for URL x" >&2; ${live};;`,
      'esac',
    ].join('\n'),
  )
  const url = 'https://kick.example.org/teacher'
  watch = await watchChannel({ environment: {} }, { url, streamlinkPath })
}
const opened =
  'echo "[cli][info] Available streams: 360p (worst, best)" >&2; echo "[cli][info] Opening stream: 360p (http)" >&2'

describe('a site that sends no transport stream', () => {
  it.each([
    ['FLV', '-f flv'],
    ['fragmented MP4', '-f mp4 -movflags +frag_keyframe+empty_moov+default_base_moof'],
    ['Matroska', '-f matroska'],
  ])('but %s is put into one as it is', async (_, muxer) => {
    const file = await flvFixture({ seconds: 3, width: 160, height: 90 })
    await watchScript(`${opened}; exec ffmpeg -v error -nostdin -re -i '${file}' -c copy ${muxer} pipe:1`)
    const { source, bytes, end } = await eventually('a source is there', () => watch.source())
    expect(await source.ready).toMatchObject({
      protocol: 'kick',
      video: { codec: 'h264', width: 160, height: 90 },
      audio: { codec: 'aac' },
    })
    expect((await eventually('it ends', end)).reason).toBe('ended')
    expect(bytes()[0]).toBe(0x47)
    expect(bytes().length).toBeGreaterThan(100_000)
    await watch.stop()
    expect(descendants(process.pid, 'ffmpeg')).toEqual([])
  })
})

describe('a streamlink that', () => {
  it('fails at once is tried again ever more slowly, in words without secrets', async () => {
    await watchScript('echo "error: it broke at https://a.b/c?token=s3cret" >&2; exit 1')
    const state = await eventually('it is said', () => (watch.state()?.state === 'failed' ? watch.state() : undefined))
    expect(state.detail).toBe('Streamlink failed: it broke at https://•••. It is tried again by itself.')
    expect(watch.log()).not.toContain('s3cret')
  })

  it('writes a line without end is survived', async () => {
    await watchScript("head -c 3000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo 'error: enough' >&2; exit 1")
    await eventually('it is said', () => watch.state()?.detail.includes('enough'))
  })

  it('does not heed SIGINT is killed', async () => {
    await watchScript("trap '' INT TERM; while :; do sleep 0.05; done")
    await eventually('it runs', () => descendants(process.pid, '--stdout').length > 0)
    await watch.stop()
    expect(descendants(process.pid, '--stdout')).toEqual([])
  })
})
