import fs, { closeSync, readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { expect, it, onTestFinished, vi } from 'vitest'
import { optionFile } from '#worker/fanout/option-file.ts'

it('holds options in a file that nobody else can open', () => {
  const { descriptor, close } = optionFile({ mode: 'caller', streamid: 'a=b c' })
  expect(fs.fstatSync(descriptor).nlink).toBe(0)
  expect(readFileSync(`/dev/fd/${descriptor}`, 'utf8')).toBe('mode=caller\nstreamid=a=b c\n')
  close()
  expect(() => fs.fstatSync(descriptor)).toThrow('EBADF')
})

it('leaves no descriptor open where there is no room for them', () => {
  const opened = vi.spyOn(fs, 'openSync')
  vi.spyOn(fs, 'writeSync').mockImplementation(() => {
    throw new Error('ENOSPC')
  })
  onTestFinished(() => {
    vi.restoreAllMocks()
    syncBuiltinESMExports()
  })
  syncBuiltinESMExports()
  expect(() => optionFile({ mode: 'caller' })).toThrow('ENOSPC')
  expect(() => closeSync(opened.mock.results[0]?.value)).toThrow('EBADF')
})
