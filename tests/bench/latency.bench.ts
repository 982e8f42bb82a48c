import type { LatencyMode } from '../../schema/enums.ts'
import { launchChromium, openPage } from '../support/chromium.ts'
import { eventually } from '../support/eventually.ts'
import { TestWeir } from '../support/weir.ts'
import { bitPixels, bitsPerRow, clockBits, publishClock } from './clock-source.ts'
import { benchSeconds, printTable, quantile } from './table.ts'

// Glass to glass: a clock painted into the source, read back from the player's picture in a real browser.
const seconds = benchSeconds(300)
const rows: (string | number)[][] = [['mode', 'engine', 'pictures', 'median', '90 %', '99 %', 'stalls', 'goal']]
const weir = await TestWeir.start()
const browser = await launchChromium()
try {
  for (const [mode, engine, goal] of [
    ['low_latency', 'hls', '≤ 1.5 s'],
    ['tutorial', 'hls', '≤ 3 s'],
    ['tutorial', 'dash', '≤ 3 s'],
  ] as const)
    rows.push(await measure(mode, engine, goal))
} finally {
  await browser.close()
  await weir.close()
}
printTable(`Glass to glass in Chromium, ${seconds} s each, one source kill in the middle`, rows)

async function measure(mode: LatencyMode, engine: string, goal: string): Promise<(string | number)[]> {
  const stream = await weir.createStream({
    latency_mode: mode,
    reconnect_window: 60,
    ladder: { preset: 'custom', renditions: [{ height: 180 }] },
  })
  const url = `${weir.rtmpUrl}/${stream.stream_key}`
  let source = publishClock(url)
  const { page, close } = await openPage(browser)
  try {
    await weir.playable(stream)
    await page.goto(`${weir.url}/watch/${stream.playback_ids[0]!.id}?engine=${engine}`)
    await eventually('the player is live', () => page.$('weir-player[state="live"]'), { timeoutMs: 30_000 })
    await page.evaluate(watchClock, { bitPixels, bitsPerRow, clockBits })
    await wait(seconds / 2)
    await source.stop()
    await wait(4)
    source = publishClock(url)
    await wait(seconds / 2)
    const { latenciesMs, stalls } = await page.evaluate(() => Reflect.get(window, 'measured') as Measured)
    // While the slate is on air there is no clock to read; what it shows is out of any sensible range.
    const sound = latenciesMs.filter((latency) => latency > 0 && latency < 60_000)
    const at = (share: number) => `${(quantile(sound, share) / 1000).toFixed(2)} s`
    return [mode, engine, sound.length, at(0.5), at(0.9), at(0.99), stalls, goal]
  } finally {
    await source.stop()
    await close()
    await weir.api('DELETE', `/v1/live-streams/${stream.id}`)
  }
}

interface Measured {
  latenciesMs: number[]
  stalls: number
}

/** Runs in the page: reads the painted clock from each picture as it is shown. */
function watchClock({
  bitPixels,
  bitsPerRow,
  clockBits,
}: Record<'bitPixels' | 'bitsPerRow' | 'clockBits', number>): void {
  const video = document.querySelector('weir-player')?.shadowRoot?.querySelector('video')
  if (!video) throw new Error('The player has no video element')
  const measured: Measured = { latenciesMs: [], stalls: 0 }
  Reflect.set(window, 'measured', measured)
  video.addEventListener('waiting', () => {
    measured.stalls += 1
  })
  const canvas = new OffscreenCanvas(320, 180)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  const read = () => {
    context?.drawImage(video, 0, 0, 320, 180)
    const pixels = context?.getImageData(0, 0, 320, 2 * bitPixels).data
    let painted = 0
    for (let bit = 0; pixels && bit < clockBits; bit++) {
      const x = (bit % bitsPerRow) * bitPixels + bitPixels / 2
      const y = Math.floor(bit / bitsPerRow) * bitPixels + bitPixels / 2
      if (pixels[(y * 320 + x) * 4]! > 128) painted += 2 ** bit
    }
    measured.latenciesMs.push(((Date.now() % 2 ** clockBits) - painted + 2 ** clockBits) % 2 ** clockBits)
    video.requestVideoFrameCallback(read)
  }
  video.requestVideoFrameCallback(read)
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
