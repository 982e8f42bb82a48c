import type { Brand } from '#schema/contracts/settings.ts'

/** What text of the accent's colour must reach against its ground (WCAG 2.2 §1.4.3). */
const contrastMin = 4.5
/** The grounds of cards in control/dashboard/styles/tokens.css. */
const lightGround = '#ffffff'
const darkGround = '#151b21'

/**
 * A style sheet that gives our pages the accent of the brand, made darker on light ground and lighter on dark ground until it
 * can be read; empty where there is none.
 */
export function brandStyle({ accent }: Pick<Brand, 'accent'>): string {
  if (accent === null) return ''
  const light = readable(accent, lightGround, '#000000')
  const dark = readable(accent, darkGround, '#ffffff')
  const both = (pick: (color: string) => string) => `light-dark(${pick(light)}, ${pick(dark)})`
  return `:root {
  --accent: ${both((color) => color)};
  --accent-hover: color-mix(in srgb, var(--accent) 82%, var(--text));
  --on-accent: ${both((color) => (contrast(color, '#ffffff') >= contrast(color, '#000000') ? '#ffffff' : '#000000'))};
  --accent-soft: color-mix(in srgb, var(--accent) 15%, var(--card));
  --busy: var(--accent);
  --busy-soft: var(--accent-soft);
}
weir-player {
  --weir-accent: ${dark};
}
`
}

/** `color`, mixed with `towards` in steps of a twentieth until it stands out from `ground`. */
function readable(color: string, ground: string, towards: string): string {
  for (let step = 0; step < 20; step++) {
    const mixed = mix(color, towards, step / 20)
    if (contrast(mixed, ground) >= contrastMin) return mixed
  }
  return towards
}

const channels = (color: string): number[] =>
  [1, 3, 5].map((index) => Number.parseInt(color.slice(index, index + 2), 16))

function mix(color: string, other: string, share: number): string {
  const others = channels(other)
  const mixed = channels(color).map((value, index) => Math.round(value * (1 - share) + (others[index] ?? 0) * share))
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

/** Contrast ratio of two colours, 1–21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
    const share = value / 255
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
