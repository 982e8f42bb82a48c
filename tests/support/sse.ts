/** The body of an answer as text, piece by piece. */
export function textReader({ body }: Response): ReadableStreamDefaultReader<string> {
  if (body === null) throw new Error('The answer has no body.')
  return (body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(new TextDecoderStream()).getReader()
}

/** Reads whole messages of an event stream until they hold `wanted`; fails when the stream ends before. */
export async function readUntil(reader: ReadableStreamDefaultReader<string>, wanted: string): Promise<string> {
  let text = ''
  while (!text.includes(wanted) || !text.endsWith('\n\n')) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`The stream ended before “${wanted}”: ${text}`)
    text += value
  }
  return text
}
