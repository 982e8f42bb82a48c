import type { LogFields, LogLevel, LogLine } from './line.ts'
import { redactFields, redactText } from './redact.ts'

/** Writes a line of its level; what is secret in the fields and the message is taken out. */
export interface LogMethod {
  (fields: object, message: string): void
  (message: string): void
}

/** Where a part of Weir says what happens: one line per event, see {@link LogLine}. */
export interface Log {
  debug: LogMethod
  info: LogMethod
  warn: LogMethod
  error: LogMethod
  /** A log whose lines all have these fields. `secrets` are values that may stand in no line of it, whatever they look like. */
  child(fields: LogFields, secrets?: () => readonly string[]): Log
}

export interface LogOptions {
  readonly part: string
  readonly write: (line: LogLine) => void
  /** Whether a line of this level is wanted now, of the stream that it is about. */
  readonly isOn: (level: LogLevel, stream: string | undefined) => boolean
  /** Fields of what goes on at the moment, such as the request. */
  readonly context?: () => LogFields
  readonly now?: () => Date
}

/** The one logger of every process, on every runtime. */
export function createLog(options: LogOptions): Log {
  return childOf(options, {}, () => [])
}

function childOf(options: LogOptions, own: LogFields, secrets: () => readonly string[]): Log {
  const { part, write, isOn, context, now = () => new Date() } = options
  const method =
    (level: LogLevel): LogMethod =>
    (first: object | string, message?: string) => {
      const given = typeof first === 'string' ? {} : ((first instanceof Error ? { err: first } : first) as LogFields)
      const stream = given.stream ?? own.stream
      if (!isOn(level, typeof stream === 'string' ? stream : undefined)) return
      const known = secrets()
      // An error's own message is the message where none is given.
      const msg = typeof first === 'string' ? first : (message ?? '')
      const fields = redactFields({ ...context?.(), ...own, ...given }, known)
      write({ time: now().toISOString(), level, part, ...fields, msg: redactText(msg, known) })
    }
  return {
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    child: (fields, more) => childOf(options, { ...own, ...fields }, more ? () => [...secrets(), ...more()] : secrets),
  }
}
