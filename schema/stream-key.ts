/** SHA-256 of a stream key, lower-case hex: how keys are looked up and how workers name them. */
export async function streamKeyDigest(streamKey: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(streamKey))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
