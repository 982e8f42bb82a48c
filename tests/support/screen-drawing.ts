/** A picture's size, pixels, and how it moves. */
export interface Screen {
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly seconds: number
}

/** From when to when, as shares of the whole. */
export type Span = readonly [from: number, to: number]

/** Pixels. */
interface Place {
  readonly x: number
  readonly y: number
}
export interface Box extends Place {
  readonly width: number
  readonly height: number
}

/**
 * Draws by subtitles in the form of Advanced SubStation Alpha, which FFmpeg shows: each event is what is to be seen from one
 * time to another. What is drawn later lies above.
 */
export class Drawing {
  readonly screen: Screen
  readonly #events: string[] = []

  constructor(screen: Screen) {
    this.screen = screen
  }

  /** The frames within a span, `step` at a time. */
  frames([from, to]: Span, step = 1): Span[] {
    const all = this.screen.seconds * this.screen.fps
    const [first, end] = [Math.round(from * all), Math.round(to * all)]
    return Array.from({ length: Math.ceil((end - first) / step) }, (_, index) => {
      const at = first + index * step
      return [at / all, Math.min(at + step, end) / all]
    })
  }

  /** Lines from the place downwards; each is as high as `size`. */
  text(span: Span, place: Place, size: number, lines: readonly string[], fade = ''): void {
    this.#draw(span, place, `\\fs${Math.round(size)}`, `${fade}${lines.map(unbroken).join('\\N')}`)
  }

  rectangle(span: Span, box: Box, colour: string, fade = ''): void {
    const [width, height] = [Math.round(box.width), Math.round(box.height)]
    this.#draw(span, box, `\\p1\\c${reversed(colour)}`, `${fade}m 0 0 l ${width} 0 ${width} ${height} 0 ${height}`)
  }

  /** A mouse pointer on its way. */
  pointer(span: Span, from: Place, to: Place): void {
    const path = [from.x, from.y, to.x, to.y].map(Math.round).join(',')
    const shape = 'm 0 0 l 0 17 4 13 7 19 10 18 7 12 12 12'
    this.#event(span, `{\\an7\\move(${path})\\p1\\c&H000000&\\bord1\\3c&HFFFFFF&}${shape}`)
  }

  /** Shows what is drawn with it little by little. */
  fadeIn(share: number): string {
    return `{\\fad(${Math.round(this.screen.seconds * share * 1000)},0)}`
  }

  /** All that was drawn. */
  script(): string {
    return [
      ...['[Script Info]', 'ScriptType: v4.00+', 'WrapStyle: 2'],
      ...[`PlayResX: ${this.screen.width}`, `PlayResY: ${this.screen.height}`],
      '[V4+ Styles]',
      'Format: Name, Fontname, Fontsize, PrimaryColour, Alignment, Outline, Shadow',
      'Style: text,monospace,18,&H00FFFFFF,7,0,0',
      '[Events]',
      'Format: Layer, Start, End, Style, Text',
      ...this.#events,
      '',
    ].join('\n')
  }

  #draw(span: Span, { x, y }: Place, how: string, what: string): void {
    this.#event(span, `{\\an7\\pos(${Math.round(x)},${Math.round(y)})${how}}${what}`)
  }

  #event([from, to]: Span, text: string): void {
    const { seconds } = this.screen
    this.#events.push(`Dialogue: ${this.#events.length},${clock(from * seconds)},${clock(to * seconds)},text,${text}`)
  }
}

/** Text of a colour, `rrggbb`. Braces begin commands. */
export const paint = (colour: string, text: string): string => `{\\c${reversed(colour)}}${text.replace(/[{}\\]/g, '·')}`

/** Hours, minutes, seconds and hundredths: one early, so that a frame's own time lies within. */
function clock(seconds: number): string {
  const hundredths = Math.max(0, Math.round(seconds * 100) - 1)
  const [whole, rest] = [Math.floor(hundredths / 100), hundredths % 100]
  return `0:${twoDigits(Math.floor(whole / 60))}:${twoDigits(whole % 60)}.${twoDigits(rest)}`
}

const twoDigits = (value: number) => String(value).padStart(2, '0')
const reversed = (colour: string) => `&H${colour.slice(4)}${colour.slice(2, 4)}${colour.slice(0, 2)}&`
/** Spaces at the beginning of a line would be dropped, and an empty line be half as high. */
const unbroken = (line: string) =>
  line.replace(/^ *$|^(?:\{[^}]*\})* +/, (spaces) => `${spaces.replaceAll(' ', '\\h')}\\h`)
