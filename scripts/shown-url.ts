import { hostname } from 'node:os'

/** An address at which others reach what listens at `url`: that listens on every address of this machine has none itself. */
export const shownUrl = (url: string, host = hostname()): string =>
  url.replace(/^(https?:\/\/)(0\.0\.0\.0|\[::\])(?=[:/]|$)/, `$1${host}`)
