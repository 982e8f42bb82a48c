/** It wants to publish, and names the input that it is, if it does. */
export interface PublishRequest {
  readonly kind: 'publish'
  readonly streamKey: string
  readonly input: string | null
}

/** What a caller's stream id asks for. */
export type StreamRequest =
  | PublishRequest
  /** It wants to play, or both. */
  | { readonly kind: 'other_mode' }
  | { readonly kind: 'unreadable' }

const maxKeyLength = 256
const unreadable: StreamRequest = { kind: 'unreadable' }
const otherMode: StreamRequest = { kind: 'other_mode' }

/**
 * Reads a stream id: `publish:<key>`, `<key>` alone, either with `?input=<id>`, or the form of the SRT access control
 * guideline, `#!::r=<key>,m=publish,input=<id>`, where a mode that is not given means publish: nothing else is done here.
 */
export function readStreamId(streamId: string): StreamRequest {
  if (streamId.startsWith('#!')) return readGuidelineForm(streamId)
  const [, mode, rest = ''] = /^(?:(publish|play|request|read):)?(.*)$/s.exec(streamId) ?? []
  if (mode !== undefined && mode !== 'publish') return otherMode
  const [name = '', query = ''] = rest.split('?', 2)
  return publish(decoded(name), new URLSearchParams(query).get('input'))
}

/**
 * The text of the stream id extension (draft-sharabayko-srt-01 §3.2.1.3): each four bytes stand in reverse order, the
 * rest is filled with zeros. Undefined when it is not text.
 */
export function streamIdText(content: Buffer): string | undefined {
  const bytes = Buffer.from(content).swap32()
  const end = bytes.indexOf(0)
  const text = bytes.toString('latin1', 0, end === -1 ? bytes.length : end)
  return /^[\x20-\x7e]*$/.test(text) ? text : undefined
}

function readGuidelineForm(streamId: string): StreamRequest {
  if (!streamId.startsWith('#!::')) return unreadable
  const words = streamId.slice(4).split(',')
  const values = new Map(words.map((word) => splitOnce(word, '=')))
  if ((values.get('m') ?? 'publish') !== 'publish') return otherMode
  return publish(values.get('r') ?? '', values.get('input') ?? null)
}

function publish(streamKey: string, input: string | null): StreamRequest {
  if (!/^[\x21-\x7e]+$/.test(streamKey) || streamKey.length > maxKeyLength) return unreadable
  if (input !== null && !/^[\w-]{1,64}$/.test(input)) return unreadable
  return { kind: 'publish', streamKey, input }
}

/** Some encoders escape what stands in an address. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
