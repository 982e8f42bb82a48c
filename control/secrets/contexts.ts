/** Where a sealed secret belongs; see {@link SecretBox}. */
export const streamSecretContext = (liveStreamId: string): string => `live-stream:${liveStreamId}`
export const srtPassphraseContext = (liveStreamId: string): string => `live-stream:${liveStreamId}:srt-passphrase`
export const inputUrlsContext = (inputId: string): string => `input:${inputId}:urls`
export const inputTokenContext = (inputId: string): string => `input:${inputId}:oauth-token`
export const destinationSecretContext = (destinationId: string): string => `destination:${destinationId}`
export const destinationPassphraseContext = (destinationId: string): string =>
  `destination:${destinationId}:srt-passphrase`
export const webhookSecretContext = (webhookId: string): string => `webhook:${webhookId}`
export const idempotencyAnswerContext = (principal: string, key: string): string =>
  `idempotency-key:${principal}:${key}`
export const signingKeyContext = (kid: string): string => `signing-key:${kid}`
