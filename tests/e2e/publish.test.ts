import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium, openPage } from '#tests/support/chromium.ts'
import { eventually } from '#tests/support/eventually.ts'
import { TestWeir } from '#tests/support/weir.ts'

// A teacher goes live from a browser, and a pupil watches in another: studio → control → worker → player.
let weir: TestWeir
let browser: Browser

beforeAll(async () => {
  weir = await TestWeir.start()
  browser = await launchChromium({ capture: true })
})
afterAll(async () => {
  await browser?.close()
  await weir?.close()
})

describe('a teacher in a browser', () => {
  it('shares a screen, is seen and heard, shows the camera instead, and ends', async () => {
    const stream = await weir.createStream({
      ladder: { preset: 'custom', renditions: [{ height: 180 }] },
      encoder_preset: 'ultrafast',
      // Whoever stops on purpose does not wait for it.
      reconnect_window: 3_600,
    })
    const teacher = await openPage(browser)
    const pupil = await openPage(browser, { width: 640, height: 480 })
    try {
      await teacher.page.goto(`${weir.url}/publish#stream=${stream.id}&key=${stream.stream_key}`)
      await teacher.page.getByRole('button', { name: 'Share a screen' }).click()
      await teacher.page.waitForSelector('button.start:not([disabled])')
      await teacher.page.getByRole('button', { name: 'Go live' }).click()
      await teacher.page.waitForSelector('.preview .state.live', { timeout: 40_000 })
      await eventually('the stream is live', async () => (await weir.stream(stream.id)).status === 'active')
      const { source } = await weir.stream(stream.id)
      expect(source.now).toMatchObject({ protocol: 'whip', video: { codec: 'h264' }, audio: { codec: 'opus' } })

      await pupil.page.goto(`${weir.url}/watch/${stream.playback_ids[0]?.id}`)
      const played = () =>
        pupil.page.evaluate(() => {
          const video = document.querySelector('weir-player')?.shadowRoot?.querySelector('video')
          const sound = Number(video && Reflect.get(video, 'webkitAudioDecodedByteCount'))
          return {
            seconds: video?.currentTime ?? 0,
            sound,
            frames: video?.getVideoPlaybackQuality().totalVideoFrames ?? 0,
          }
        })
      const playsOn = async () => {
        const before = await played()
        await eventually(
          'picture and sound go on',
          async () => {
            const now = await played()
            return now.seconds > before.seconds + 1.5 && now.sound > before.sound && now.frames > before.frames + 20
          },
          { timeoutMs: 40_000 },
        )
      }
      await playsOn()
      await teacher.page.getByRole('button', { name: 'Camera' }).click()
      await playsOn()
      expect((await weir.stream(stream.id)).status).toBe('active')

      await teacher.page.getByRole('button', { name: 'Stop' }).click()
      await eventually('the broadcast is over', async () => (await weir.stream(stream.id)).status === 'idle')
      expect([...teacher.complaints, ...pupil.complaints]).toEqual([])
      expect([...teacher.hosts]).toEqual([new URL(weir.url).host])
    } finally {
      await teacher.close()
      await pupil.close()
    }
  })
})
