import type { ControlConfig } from './config.ts'

/** Scheme, host and port under which control is reached from outside: as configured, else as this request was made. */
export function publicUrl({ publicUrl: configured }: ControlConfig, request: Request): string {
  if (configured !== undefined) return configured
  const { protocol, host } = new URL(request.url)
  return `${cameOverTls(request) ? 'https:' : protocol}//${host}`
}

/** Whether the client speaks TLS to us, or to a proxy before us that says so. Anybody can write that header. */
export const cameOverTls = ({ url, headers }: Request): boolean =>
  new URL(url).protocol === 'https:' || /^\s*https\s*(,|$)/i.test(headers.get('x-forwarded-proto') ?? '')
