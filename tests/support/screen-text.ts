import type { SeededRandom } from './random.ts'
import { paint } from './screen-drawing.ts'

const keywords = ['const', 'return', 'await', 'if', 'for', 'function', 'export', 'import', 'new', 'throw'] as const
const names = [
  ...(['segment', 'part', 'keyframe', 'timeline', 'cursor', 'sample', 'track', 'offset', 'duration', 'list'] as const),
  ...(['publisher', 'queue', 'encoder', 'slate', 'index', 'header', 'payload', 'worker', 'session', 'window'] as const),
] as const

/** Makes up what stands on a screen. */
export class ScreenText {
  readonly #random: SeededRandom

  constructor(random: SeededRandom) {
    this.#random = random
  }

  words(count: number): string {
    return Array.from({ length: count }, () => this.#random.pick(names)).join(' ')
  }

  /** Lines of a program, its syntax in colours. */
  code(count: number): string[] {
    return Array.from({ length: count }, () => {
      const indent = '  '.repeat(this.#random.below(4))
      const kind = this.#random.below(8)
      const [name, left, right] = [this.words(1), this.words(1), this.words(1)]
      if (kind === 0) return ''
      if (kind === 1) return `${indent}${paint('6a9955', `// ${this.words(6)}`)}`
      const value = kind < 4 ? paint('ce9178', `'${left} ${right}'`) : paint('b5cea8', this.#figure(90_000))
      const call = `${paint('dcdcaa', `${left}.${right}`)}(${paint('9cdcfe', right)}, ${value})`
      return `${indent}${paint('569cd6', this.#random.pick(keywords))} ${paint('9cdcfe', name)} = ${call}`
    })
  }

  /** Lines of a log, each with its time. */
  log(count: number): string[] {
    return Array.from({ length: count }, (_, index) => {
      const time = `12:04:${String(index % 60).padStart(2, '0')}.${this.#figure(1_000).padStart(3, '0')}`
      const level = this.#random.below(9) === 0 ? paint('f9f1a5', 'WARN') : paint('16c60c', 'INFO')
      const message = `${this.words(1)}/${this.words(1)}.ts ${this.words(3)} ${this.#figure(100_000)} ms`
      return `${paint('767676', time)} ${level} ${paint('cccccc', message)}`
    })
  }

  /** Rows of figures under a head. */
  table(rows: number): string[] {
    return Array.from({ length: rows }, (_, row) => {
      const figures = Array.from({ length: 6 }, () => this.#figure(99_999).padStart(8)).join(' ')
      return paint(row === 0 ? '3a96dd' : 'cccccc', `${figures}  ${this.words(2)}`)
    })
  }

  #figure(end: number): string {
    return String(this.#random.below(end))
  }
}
