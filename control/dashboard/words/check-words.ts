import type { DestinationCheckResult } from '#schema/contracts/destination-check.ts'

type Step = DestinationCheckResult['steps'][number]

const done: Readonly<Record<Step['name'], string>> = {
  resolve: 'The address exists',
  connect: 'The server answers',
  tls: 'The line is encrypted, and the certificate is good',
  handshake: 'The server speaks RTMP',
  rtmp_connect: 'The server takes streams there',
  srt_handshake: 'The server takes SRT there',
}

/** A step that was done: `The server answers, after 23 ms`. */
export const stepWords = ({ name, ms }: Step): string =>
  `${done[name]}, ${ms < 1 ? 'at once' : `after ${ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`}`}`
