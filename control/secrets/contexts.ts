/** Where a sealed secret belongs; see {@link SecretBox}. */
export const streamSecretContext = (liveStreamId: string): string => `live-stream:${liveStreamId}`
export const destinationSecretContext = (destinationId: string): string => `destination:${destinationId}`
