import { expect, it } from 'vitest'
import { brandStyle, contrast } from '#control/settings/brand-style.ts'

it('knows the contrast of black on white', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
})

it.each(['#000000', '#ffffff', '#ff0000', '#ffff00', '#123456', '#00ff88', '#7f7f7f'])(
  'makes of %s an accent that can be read on light and on dark ground, with text on it',
  (accent) => {
    const sheet = brandStyle({ accent })
    const pair = (name: string) =>
      new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(sheet)?.slice(1) as [string, string]
    const [light, dark] = pair('accent')
    expect(contrast(light, '#ffffff')).toBeGreaterThanOrEqual(4.5)
    expect(contrast(dark, '#151b21')).toBeGreaterThanOrEqual(4.5)
    const [onLight, onDark] = pair('on-accent')
    expect(contrast(light, onLight)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(dark, onDark)).toBeGreaterThanOrEqual(4.5)
  },
)

it('is empty where the install has none', () => {
  expect(brandStyle({ accent: null })).toBe('')
})
