import type { Platform } from '#schema/contracts/platform.ts'

/** Whether people call it by its host: it is no platform that all know by a name. */
export const isOwnServer = ({ id }: Pick<Platform, 'id'>): boolean => id === 'custom' || id === 'tutorial'

/** What a destination is called if nobody says a name. */
export const usualName = (platform: Platform | undefined): string | null =>
  platform && !isOwnServer(platform) ? platform.name : null
