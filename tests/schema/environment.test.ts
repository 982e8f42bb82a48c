import { describe, expect, it } from 'vitest'
import {
  environmentFlag,
  environmentLogLevel,
  environmentPort,
  environmentValue,
  readEnvironment,
} from '#schema/environment.ts'
import { environmentVariables } from '#schema/environment-variables.ts'

describe('the environment', () => {
  it('keeps our variables and leaves everybody else alone', () => {
    expect(readEnvironment({ WEIR_PORT: '80', PATH: '/bin', WEIR_HOST: '', WEIR_DEMO: undefined })).toEqual({
      WEIR_PORT: '80',
    })
  })

  it.each([
    ['WEIR_PROT', 'WEIR_PORT'],
    ['WEIR_DATADIR', 'WEIR_DATA_DIR'],
    ['WEIR_RTMPPORT', 'WEIR_RTMP_PORT'],
    ['WEIR_JOIN_TOKENS', 'WEIR_JOIN_TOKEN'],
  ])('refuses %s and names %s', (wrong, right) => {
    expect(() => readEnvironment({ [wrong]: '1' })).toThrow(`the nearest is ${right}`)
  })

  it('gives the value, else the default, else says what to set', () => {
    expect(environmentValue({ WEIR_HOST: '::1' }, 'WEIR_HOST')).toBe('::1')
    expect(environmentValue({}, 'WEIR_HOST')).toBe('127.0.0.1')
    expect(() => environmentValue({}, 'WEIR_DATABASE_URL')).toThrow('Set WEIR_DATABASE_URL')
  })

  it.each(['-1', '65536', '80a', ' 80', '1e3'])('takes “%s” for no port', (text) => {
    expect(() => environmentPort({ WEIR_PORT: text }, 'WEIR_PORT')).toThrow('0 to 65535')
  })

  it('takes one of the words for a choice, and names them all', () => {
    expect(environmentLogLevel({})).toBe('info')
    expect(environmentLogLevel({ WEIR_LOG_LEVEL: 'warn' })).toBe('warn')
    expect(() => environmentLogLevel({ WEIR_LOG_LEVEL: 'loud' })).toThrow('set it to debug, info, warn or error.')
    expect([environmentFlag({}, 'WEIR_DEMO'), environmentFlag({ WEIR_DEMO: '0' }, 'WEIR_DEMO')]).toEqual([true, false])
    expect(() => environmentFlag({ WEIR_DEMO: 'yes' }, 'WEIR_DEMO')).toThrow('set it to 0 or 1.')
  })

  it('names each variable once, with a default that its own rule takes', () => {
    const names = environmentVariables.map((variable) => variable.name)
    expect(new Set(names).size).toBe(names.length)
    for (const { name, unit } of environmentVariables)
      if (unit === 'port') expect(environmentPort({}, name)).toBeGreaterThan(0)
  })
})
