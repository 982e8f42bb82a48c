/** Reads text until it holds `wanted`; fails when the stream ends before. */
export async function readUntil(reader: ReadableStreamDefaultReader<string>, wanted: string): Promise<string> {
  let text = ''
  while (!text.includes(wanted)) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`The stream ended before “${wanted}”: ${text}`)
    text += value
  }
  return text
}
