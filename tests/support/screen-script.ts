import { SeededRandom } from './random.ts'
import { Drawing, paint, type Screen, type Span } from './screen-drawing.ts'
import { ScreenText } from './screen-text.ts'

/** What teachers share: an editor, slides, a terminal. */
export const screenContents = ['code', 'slides', 'terminal'] as const
export type ScreenContent = (typeof screenContents)[number]

/** The share of the fixture's length at which most of the picture becomes another at once, in all of them. */
export const changeAt = 0.6

/** What is to be seen, as subtitles. */
export function screenScript(content: ScreenContent, screen: Screen): string {
  const drawing = new Drawing(screen)
  const draw = { code: editor, slides, terminal }[content]
  draw(drawing, new ScreenText(new SeededRandom(7)))
  return drawing.script()
}

const lineHeight = 18

/** An editor: typing, scrolling by pixels, another file, typing, scrolling by three lines at a time. */
function editor(draw: Drawing, text: ScreenText): void {
  const { width, height } = draw.screen
  const [first, second] = [text.code(120), text.code(120)]
  draw.rectangle([0, 1], { x: 0, y: 0, width, height }, '1e1e1e')
  draw.rectangle([0, 1], { x: 0, y: 0, width: 180, height }, '252526')
  const files = Array.from({ length: 30 }, () => paint('a0a0a0', text.words(2).slice(0, 16)))
  draw.text([0, 1], { x: 12, y: 8 }, 15, files)
  type(draw, [0, 0.35], first, 9)
  for (const [index, frame] of draw.frames([0.35, 0.5]).entries()) page(draw, frame, first, index * 9)
  page(draw, [0.5, changeAt], first, 400)
  type(draw, [changeAt, 0.8], second, 6)
  for (const [index, frame] of draw.frames([0.8, 0.95], 3).entries()) page(draw, frame, second, index * lineHeight * 3)
  page(draw, [0.95, 1], second, 600)
}

/** Part of a file, with the lines' numbers; `scroll` in pixels. */
function page(draw: Drawing, span: Span, lines: readonly string[], scroll: number): void {
  const first = Math.floor(scroll / lineHeight)
  const shown = lines
    .slice(first, first + Math.ceil(draw.screen.height / lineHeight) + 1)
    .map((line, index) => `${paint('5a5a5a', String(first + index + 1).padStart(4))}  ${line}`)
  draw.text(span, { x: 190, y: first * lineHeight - scroll }, lineHeight, shown)
}

/** A letter every other frame, behind it a cursor that blinks. */
function type(draw: Drawing, span: Span, lines: readonly string[], at: number): void {
  const whole = 'const remaining = buffered.filter((sample) => sample.dts >= cursor)'
  for (const [index, frame] of draw.frames(span, 2).entries()) {
    const cursor = index % 8 < 5 ? paint('ffffff', '▏') : ''
    page(draw, frame, lines.with(at, `  ${paint('d4d4d4', whole.slice(0, index))}${cursor}`), 0)
  }
}

/** Slides: white with a list, a cross-fade to a table, a cut to a diagram on dark ground whose boxes come one by one. */
function slides(draw: Drawing, text: ScreenText): void {
  const { width, height } = draw.screen
  const unit = height / 36
  const slide = (span: Span, [ground, heading]: readonly [string, string], fade = '') => {
    draw.rectangle(span, { x: 0, y: 0, width, height }, ground, fade)
    draw.text(span, { x: 3 * unit, y: 2 * unit }, 2.6 * unit, [paint(heading, text.words(3))], fade)
  }
  const body = (span: Span, size: number, lines: readonly string[], fade = '') =>
    draw.text(
      ...([span, { x: 3 * unit, y: 8 * unit }, size * unit] as const),
      lines.map((line) => paint('262626', line)),
      fade,
    )
  slide([0, 0.4], ['ffffff', '1f3864'])
  body(
    [0, 0.4],
    1.3,
    Array.from({ length: 9 }, () => `• ${text.words(9)}`),
  )
  const fade = draw.fadeIn(0.06)
  const row = () => Array.from({ length: 6 }, () => text.words(1).padEnd(12)).join(' ')
  slide([0.3, changeAt], ['f2f2f2', 'c00000'], fade)
  body([0.3, changeAt], 1.2, Array.from({ length: 12 }, row), fade)
  slide([changeAt, 1], ['14213d', 'fca311'])
  for (const [index, colour] of ['4472c4', 'ed7d31', '70ad47', 'ffc000', '5b9bd5', 'a5a5a5'].entries()) {
    const span = [changeAt + 0.05 * Math.max(0, index - 2), 1] as const
    const [x, y] = [((index % 3) * 0.31 + 0.05) * width, (index < 3 ? 0.25 : 0.62) * height]
    draw.rectangle(span, { x, y, width: 0.27 * width, height: 0.3 * height }, colour)
    const words = Array.from({ length: 4 }, () => paint('ffffff', text.words(3).slice(0, 24)))
    draw.text(span, { x: x + unit, y: y + unit }, unit, words)
  }
  draw.pointer([0, 1], { x: width * 0.9, y: height * 0.9 }, { x: width * 0.1, y: height * 0.2 })
}

/** A terminal: a command is typed, its log runs by line by line, it stands still, then tables replace each other. */
function terminal(draw: Drawing, text: ScreenText): void {
  const { width, height } = draw.screen
  const size = 16
  const rows = Math.floor(height / size)
  const log = text.log(400)
  const show = (span: Span, lines: readonly string[]) => draw.text(span, { x: 8, y: 4 }, size, lines.slice(-rows))
  draw.rectangle([0, 1], { x: 0, y: 0, width, height }, '0c0c0c')
  const command = 'npm run build -- --workspace worker --verbose'
  for (const [index, frame] of draw.frames([0, 0.125]).entries())
    show(frame, [...log.slice(0, 12), `$ ${command.slice(0, index)}█`])
  const running = draw.frames([0.125, 0.5])
  for (const [index, frame] of running.entries()) show(frame, log.slice(0, index + 14))
  show([0.5, changeAt], log.slice(0, running.length + 14))
  for (const index of [0, 1, 2, 3]) show([changeAt + index / 10, changeAt + (index + 1) / 10], text.table(rows))
}
