import { expect, it } from 'vitest'
import { shownUrl } from '../../scripts/shown-url.ts'

it.each([
  ['http://0.0.0.0:8787', 'http://studio:8787'],
  ['http://[::]:8787', 'http://studio:8787'],
  ['http://127.0.0.1:8787', 'http://127.0.0.1:8787'],
  ['http://[::1]:8787', 'http://[::1]:8787'],
])('%s is shown as %s', (url, shown) => expect(shownUrl(url, 'studio')).toBe(shown))
