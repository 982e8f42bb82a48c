import type { Platform } from '#schema/contracts/platform.ts'

/** Whether people call it by its host: it is no platform that all know by a name. */
export const isOwnServer = ({ id }: Pick<Platform, 'id'>): boolean => id === 'custom' || id === 'tutorial'
