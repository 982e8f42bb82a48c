import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchChromium, openPage } from '../support/chromium.ts'
import { eventually } from '../support/eventually.ts'
import { startProcess, type TestProcess } from '../support/processes.ts'
import { printTable, quantile } from './table.ts'

// `npm start`, warm, to a moving picture in a browser that waits at the door.
const runs = 5
const root = join(import.meta.dirname, '../..')
const dataDir = await mkdtemp(join(tmpdir(), 'weir-bench-'))
const env = { WEIR_DATA_DIR: dataDir, WEIR_PORT: '0', WEIR_WORKER_PORT: '0', WEIR_RTMP_PORT: '0' }
const toReadyMs: number[] = []
const toPictureMs: number[] = []
const browser = await launchChromium()
try {
  await once()
  for (let run = 0; run < runs; run++) {
    const { readyMs, pictureMs } = await once()
    toReadyMs.push(readyMs)
    toPictureMs.push(pictureMs)
  }
} finally {
  await browser.close()
  await rm(dataDir, { recursive: true, force: true })
}
const figures = (list: readonly number[]) =>
  `${(quantile(list, 0.5) / 1000).toFixed(1)} / ${(Math.max(...list) / 1000).toFixed(1)} s`
printTable(`npm start, warm, ${runs} times: median / worst`, [
  ['to "Weir is running"', figures(toReadyMs)],
  ['to a moving picture in Chromium', figures(toPictureMs)],
])

async function once(): Promise<{ readyMs: number; pictureMs: number }> {
  const startedMs = performance.now()
  const weir: TestProcess = startProcess('npm', ['start', '--silent'], { env, cwd: root, group: true })
  const { page, close } = await openPage(browser)
  try {
    const watchUrl = await eventually(
      'it prints where to watch',
      () => /http\S+\/watch\/\S+/.exec(weir.stdout())?.[0],
      {
        timeoutMs: 120_000,
      },
    )
    const readyMs = performance.now() - startedMs
    await page.goto(watchUrl)
    await eventually('the picture moves', () =>
      page.evaluate(
        () => (document.querySelector('weir-player')?.shadowRoot?.querySelector('video')?.currentTime ?? 0) > 0.2,
      ),
    )
    return { readyMs, pictureMs: performance.now() - startedMs }
  } finally {
    await close()
    await weir.interrupt()
  }
}
