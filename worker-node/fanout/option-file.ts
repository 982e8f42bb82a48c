import { randomUUID } from 'node:crypto'
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file without a name: a descriptor for whoever is to read it. */
export interface OptionFile {
  readonly descriptor: number
  close(): void
}

/**
 * FFmpeg options that must not stand in a command line, for `-fpre /dev/fd/N`. The file has lost its name before anything
 * is written into it, so that nobody else can open it and nothing stays behind. Values have no line breaks.
 */
export function optionFile(options: Readonly<Record<string, string>>): OptionFile {
  const path = join(tmpdir(), `weir-${randomUUID()}`)
  const descriptor = openSync(path, 'wx+', 0o600)
  try {
    unlinkSync(path)
    const lines = Object.entries(options).map(([name, value]) => `${name}=${value}\n`)
    // At a position of its own, so that a reader begins at 0 even where descriptors share theirs.
    writeSync(descriptor, lines.join(''), 0)
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
  return { descriptor, close: () => closeSync(descriptor) }
}
