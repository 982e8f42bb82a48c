import { access } from 'node:fs/promises'
import { type Browser, chromium, type Page } from 'playwright-core'

/** A page that keeps what a strict site would not forgive. */
export interface WatchedPage {
  readonly page: Page
  /** Violations of the Content-Security-Policy and uncaught errors, as text. */
  readonly complaints: string[]
  /** Host and port of every request that was made. */
  readonly hosts: Set<string>
  close(): Promise<void>
}

/**
 * Real Chromium with a new profile, which Playwright removes when it is closed. Sound may start by itself. `capture`: it
 * has a fake camera, microphone and screen, and gives them without asking.
 */
export async function launchChromium({ autoplay = true, capture = false } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: await findChromium(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(capture ? captureFlags : []),
      `--autoplay-policy=${autoplay ? 'no-user-gesture-required' : 'document-user-activation-required'}`,
    ],
  })
}

const captureFlags = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--auto-select-desktop-capture-source=Entire screen',
  // A page that is not in front sends on.
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
]

/** A new page in a context of its own, with all that went wrong in it. */
export async function openPage(
  browser: Browser,
  options: { width?: number; height?: number; dark?: boolean } = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    colorScheme: options.dark ? 'dark' : 'light',
    locale: 'en-GB',
  })
  const page = await context.newPage()
  const complaints: string[] = []
  const hosts = new Set<string>()
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) complaints.push(message.text())
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol.startsWith('http')) hosts.add(url.host)
  })
  return { page, complaints, hosts, close: () => context.close() }
}

/** The sum of all layout shifts so far (CLS without windows); 0 is what we want. */
export const layoutShift = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += (entry as PerformanceEntry & { value: number }).value
        })
        observer.observe({ type: 'layout-shift', buffered: true })
        requestAnimationFrame(() => setTimeout(() => resolve(sum)))
      }),
  )

async function findChromium(): Promise<string> {
  for (const candidate of ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']) {
    const found = await access(candidate).then(
      () => true,
      () => false,
    )
    if (found) return candidate
  }
  throw new Error('Chromium is missing. On Debian or Ubuntu: sudo apt-get install chromium')
}
