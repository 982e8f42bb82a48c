import type { PictureSize } from '#schema/plan/ladder.ts'

/** One line of text on the card. Pixels; centred from left to right. */
export interface CardLine {
  readonly text: string
  readonly fontSize: number
  readonly baseline: number
  readonly colour: string
  readonly bold: boolean
}

export interface Card extends PictureSize {
  readonly lines: readonly CardLine[]
}

const colours = { heading: '0xf4f6f8', title: '0x9fb0c0', accent: '0x4cc2b0', centre: '0x1d2a36', edge: '0x0d131a' }

/** Share of the picture's width that text may take. */
const usableWidth = 0.84

/**
 * Places the heading and the stream's name: a long heading shrinks and wraps, a long name shrinks, then wraps, then ends
 * in an ellipsis.
 */
export function layoutCard(heading: string, title: string, { width, height }: PictureSize): Card {
  const unit = Math.min(width, height)
  const room = width * usableWidth
  const head = fitHeading(drawable(heading), room, unit)
  const headingStep = head.fontSize * 1.25
  const name = fitText(drawable(title), room, unit * 0.058, width >= height ? 2 : 3)
  const step = name.fontSize * 1.4
  const furtherLines = Math.max(0, head.lines.length - 1)
  const headHeight = head.fontSize * 0.73 + headingStep * furtherLines
  const blockHeight = headHeight + (name.lines.length ? unit * 0.06 + step * name.lines.length : 0)
  const headingBaseline = Math.round((height - blockHeight) / 2 + head.fontSize * 0.73 + unit * 0.03)
  const lastBaseline = headingBaseline + headingStep * furtherLines
  return {
    width,
    height,
    lines: [
      ...head.lines.map((text, index) => ({
        text,
        fontSize: head.fontSize,
        baseline: Math.round(headingBaseline + headingStep * index),
        colour: colours.heading,
        bold: true,
      })),
      ...name.lines.map((text, index) => ({
        text,
        fontSize: name.fontSize,
        baseline: Math.round(lastBaseline + unit * 0.06 + step * (index + 0.8)),
        colour: colours.title,
        bold: false,
      })),
    ],
  }
}

/**
 * The filters that draw the card on one frame: a dark glow, a short accent above the heading, the lines. The text of
 * line n is read from the file {@link lineFile}, as it is: a name is nobody's filter syntax.
 */
export function cardFilter(card: Card, frameRate: string): string {
  const { width, height, lines } = card
  const unit = Math.min(width, height)
  const glow = `x0=${width >> 1}:y0=${height >> 1}:x1=${width >> 1}:y1=${height + (width >> 2)}`
  const bar = { width: Math.round(unit * 0.09), height: Math.max(2, Math.round(unit * 0.008)) }
  const top = lines[0] ? lines[0].baseline - lines[0].fontSize * 0.73 : height / 2
  return [
    `gradients=s=${width}x${height}:r=${frameRate}:type=radial:n=2:c0=${colours.centre}:c1=${colours.edge}:${glow}:speed=0.00001:d=1`,
    'trim=end_frame=1',
    `drawbox=x=${(width - bar.width) >> 1}:y=${Math.round(top - unit * 0.07)}:w=${bar.width}:h=${bar.height}:color=${colours.accent}:t=fill`,
    ...lines.map((line, index) =>
      [
        `drawtext=textfile=${lineFile(index)}:expansion=none:fontfile='${fontPattern(line)}'`,
        `fontsize=${line.fontSize}:fontcolor=${line.colour}:x=(w-text_w)/2:y=${line.baseline}-ascent`,
      ].join(':'),
    ),
  ].join(',')
}

export function lineFile(index: number): string {
  return `line${index}.txt`
}

/** A fontconfig pattern: the system's sans serif that has the most of these characters. */
function fontPattern({ text, bold }: CardLine): string {
  const beyondLatin = [...new Set(text)].filter((character) => character > '\u024f').slice(0, 64)
  const charset = beyondLatin.map((character) => character.codePointAt(0)!.toString(16)).join(' ')
  return `Sans${bold ? '\\:bold' : ''}${charset ? `\\:charset=${charset}` : ''}`
}

/** The name without what text fonts can't draw: emoji and their joiners, control and unassigned characters. */
function drawable(title: string): string {
  return title
    .normalize('NFC')
    .replace(/\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u200d\u20e3\ufe0e\ufe0f]/gu, '')
    .replace(/[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\s]+/gu, ' ')
    .trim()
}

/** One line as large as it goes; a long heading gets up to five smaller ones. */
function fitHeading(text: string, room: number, unit: number): { lines: string[]; fontSize: number } {
  if (text === '') return { lines: [], fontSize: 0 }
  const oneLine = Math.floor(Math.min(unit * 0.115, room / widthInEms(text)))
  if (oneLine >= unit * 0.075) return { lines: [text], fontSize: oneLine }
  return fitText(text, room, unit * 0.085, 5)
}

function fitText(
  text: string,
  room: number,
  fontSize: number,
  maxLines: number,
): { lines: string[]; fontSize: number } {
  if (text === '') return { lines: [], fontSize: Math.floor(fontSize) }
  for (const lineCount of Array.from({ length: maxLines }, (_, index) => index + 1)) {
    for (const scale of [1, 0.9, 0.8]) {
      const lines = wrap(text, room / (fontSize * scale))
      if (lines.length <= lineCount) return { lines, fontSize: Math.floor(fontSize * scale) }
    }
  }
  const ems = room / (fontSize * 0.8)
  const lines = wrap(text, ems).slice(0, maxLines)
  lines.push(shorten(`${lines.pop()}`, ems))
  return { lines, fontSize: Math.floor(fontSize * 0.8) }
}

/** Greedy: breaks at spaces, and inside a word that is wider than a line by itself. */
function wrap(text: string, ems: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const joined = line ? `${line} ${word}` : word
    if (widthInEms(joined) <= ems) {
      line = joined
      continue
    }
    if (line) lines.push(line)
    line = ''
    for (const character of word) {
      if (line && widthInEms(line + character) > ems) {
        lines.push(line)
        line = ''
      }
      line += character
    }
  }
  return line ? [...lines, line] : lines
}

function shorten(text: string, ems: number): string {
  const characters = [...text]
  while (characters.length > 1 && widthInEms(`${characters.join('')}…`) > ems) characters.pop()
  return `${characters.join('').trimEnd()}…`
}

/** An estimate on the safe side for DejaVu Sans Bold, the widest of the usual fonts. */
function widthInEms(text: string): number {
  let ems = 0
  for (const character of text) {
    if (/[\s.,:;'|!iljI()[\]]/.test(character)) ems += 0.4
    else if (/[mwMWQO@%]/.test(character)) ems += 1.05
    else if (/[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]/.test(character)) ems += 1.02
    else ems += /\p{Lu}/u.test(character) ? 0.79 : 0.68
  }
  return ems
}
