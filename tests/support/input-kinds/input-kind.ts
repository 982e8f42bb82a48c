import type { Trial } from './trial.ts'

/** Everything that may happen to an input: the columns of the table. */
export const cells = [
  'wrong secret',
  'garbage',
  'start',
  'kill',
  'resume',
  'freeze',
  'half-open',
  'codec change',
  '10 restarts',
] as const
export type Cell = (typeof cells)[number]

/** Width of the pictures that a source sends; its height follows. */
export type PictureWidth = 320 | 480

/**
 * One kind of input with what stands at its other end: a row of the table. Nothing here waits for Weir; what does is in
 * the test.
 */
export interface InputKind {
  /** As `now.protocol` names it. */
  readonly protocol: string
  /** What the stream is created with. Where Weir is the one that shows a secret, it is a wrong one yet. */
  readonly source: Record<string, unknown>
  /** From the fault until the slate is on air, as design.md has it, ms; what is buffered plays on before. */
  readonly toSlateMs: Readonly<Record<'kill' | 'freeze' | 'half-open', number>>
  readonly changedWidth?: number
  /** Cells that make no sense, with the reason. */
  readonly senseless?: Partial<Record<Cell, string>>
  /** Somebody shows a wrong secret; resolves when that was refused in words. */
  wrongSecret(trial: Trial): Promise<void>
  /** What is sent is no media; resolves when that was told in words, and is over. */
  garbage(trial: Trial): Promise<void>
  /** The source is there and sends, and comes back by itself whenever it falls. */
  begin(trial: Trial): Promise<void>
  /** It is gone without a word: −9, or its server is. */
  kill(): Promise<void>
  /** After a kill. */
  resume(): Promise<void>
  freeze(): void
  thaw(): void
  /** The network swallows everything, and nobody is told. */
  cut(): void
  heal(): Promise<void>
  /** Pictures of another size and profile, in mid-stream or on return: 480 wide, unless `changedWidth` says otherwise. */
  change(): Promise<void>
  /** Goes and comes, once. */
  restart(trial: Trial): Promise<void>
  close(): Promise<void>
}
