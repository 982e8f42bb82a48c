import { beforeEach, expect, it, type Mock, vi } from 'vitest'
import { mediaAddresses } from '#player/media-addresses.ts'

const base = 'https://weir.example'
const onCdn = {
  hls_url: 'https://cdn.example/live/pb_1/index.m3u8',
  dash_url: 'https://cdn.example/live/pb_1/manifest.mpd',
}
const { signal } = new AbortController()
let fetching: Mock<typeof fetch>
beforeEach(() => {
  fetching = vi.spyOn(globalThis, 'fetch')
})

const from = async (isRetry: boolean, playback = onCdn) => {
  const { hlsUrl, dashUrl, timeUrl } = await mediaAddresses(playback, base, isRetry, signal)
  return [hlsUrl, dashUrl, timeUrl]
}
const at = (origin: string) => ['index.m3u8', 'manifest.mpd', 'time'].map((file) => `${origin}/live/pb_1/${file}`)

it('takes media from where control says, and asks nobody beforehand', async () => {
  expect(await from(false)).toEqual(at('https://cdn.example'))
  expect(fetching).not.toHaveBeenCalled()
})

it('takes it from control once playback was lost and the CDN gives no answer that this page may read', async () => {
  fetching.mockRejectedValue(new TypeError('Failed to fetch'))
  expect(await from(true)).toEqual(at(base))
})

it('stays with a CDN that answers, whatever it says: a crowd does not move to control with a worker that is lost', async () => {
  fetching.mockResolvedValue(new Response(null, { status: 503 }))
  expect(await from(true)).toEqual(at('https://cdn.example'))
})

it('asks nothing where media comes from control anyway', async () => {
  const own = { hls_url: '/live/pb_1/index.m3u8', dash_url: '/live/pb_1/manifest.mpd' }
  expect(await from(true, own)).toEqual(at(base))
  expect(fetching).not.toHaveBeenCalled()
})
