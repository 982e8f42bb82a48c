import { streamKeyDigest } from '#schema/stream-key.ts'

/** SHA-256, hex, of an API or join token: tokens are 190 random bits, so a plain digest is enough to keep and look up. */
export const tokenDigest: (token: string) => Promise<string> = streamKeyDigest
