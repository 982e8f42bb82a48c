import type { Platform } from '#schema/contracts/platform.ts'
import { otherServer } from './destination-request.ts'

/** What somebody pasted where a stream key belongs. */
export interface PastedKey {
  readonly key: string
  /** The address that stood before it. */
  readonly url: string | null
}

/**
 * A stream key as it was meant: without the spaces and line breaks that come along. A whole address with the key at its end
 * is taken apart: at the server that it begins with, else at its last `/`.
 */
export function readPastedKey(pasted: string, servers: readonly string[]): PastedKey {
  const text = pasted.replace(/\s+/g, '')
  if (!/^rtmps?:\/\//i.test(text)) return { key: text, url: null }
  const server = servers.find((each) => text.startsWith(`${withoutSlash(each)}/`))
  const end = server ? withoutSlash(server).length : text.lastIndexOf('/')
  const parts = { url: server ?? text.slice(0, end), key: text.slice(end + 1) }
  // An address without a path holds no key.
  return URL.parse(parts.url)?.hostname && parts.key !== '' ? parts : { key: text, url: null }
}

const withoutSlash = (url: string) => url.replace(/\/+$/, '')

/** Puts what was pasted into the form as it was meant; gives whether that is otherwise than the browser would. */
export function takePastedKey(event: ClipboardEvent, form: HTMLFormElement, { servers }: Platform): boolean {
  const pasted = event.clipboardData?.getData('text/plain') ?? ''
  const known = servers.map(({ url }) => url)
  const { key, url } = readPastedKey(pasted, known)
  if (key === pasted) return false
  event.preventDefault()
  const input = event.target as HTMLInputElement
  input.setRangeText(key, input.selectionStart ?? 0, input.selectionEnd ?? 0, 'end')
  if (url === null) return true
  const [server, address] = [form.elements.namedItem('server'), form.elements.namedItem('url')]
  const isListed = known.includes(url)
  if (server instanceof HTMLSelectElement) server.value = isListed ? url : otherServer
  if (!isListed && address instanceof HTMLInputElement) address.value = url
  return true
}
