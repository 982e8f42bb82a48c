import { html, type SVGTemplateResult, svg, type TemplateResult } from 'lit'

/** How a picture of another shape fills a frame, drawn: a wide one in an upright frame, or the other way. */
export function framingPicture(framing: 'crop' | 'blur', isVertical: boolean): TemplateResult {
  const frame: Size = isVertical ? [27, 48] : [48, 27]
  const [width, height] = frame
  return html`
    <svg class="framing" viewBox=${`0 0 ${width} ${height}`} width=${width} height=${height} aria-hidden="true">
      ${framing === 'crop' ? picture(filling(frame), frame) : shownWhole(frame)}
    </svg>`
}

type Size = readonly [width: number, height: number]

const isUpright = ([width, height]: Size) => height > width
/** A picture of the other shape, as large as to leave nothing of the frame free. */
const filling = (frame: Size): Size =>
  isUpright(frame) ? [(frame[1] * 16) / 9, frame[1]] : [frame[0], (frame[0] * 16) / 9]
/** As small as to be seen whole. */
const inside = (frame: Size): Size =>
  isUpright(frame) ? [frame[0], (frame[0] * 9) / 16] : [(frame[1] * 9) / 16, frame[1]]

const shownWhole = (frame: Size): SVGTemplateResult => svg`
  <g class="ground">${picture(filling(frame), frame)}</g>${picture(inside(frame), frame)}`

/** A sky, a hill and a sun, in the middle of the frame. */
function picture([width, height]: Size, frame: Size): SVGTemplateResult {
  const [left, top] = [(frame[0] - width) / 2, (frame[1] - height) / 2]
  const at = (x: number, y: number) => `${left + width * x} ${top + height * y}`
  return svg`
    <rect class="sky" x=${left} y=${top} width=${width} height=${height}></rect>
    <path class="hill" d=${`M${at(0, 1)}L${at(0, 0.75)}L${at(0.4, 0.4)}L${at(0.65, 0.75)}L${at(0.8, 0.6)}L${at(1, 0.8)}L${at(1, 1)}Z`}></path>
    <circle class="sun" cx=${left + width * 0.6} cy=${top + height * 0.25} r=${Math.min(width, height) * 0.12}></circle>`
}
