import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const boot = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['scripts/boot.mjs', ...args], { cwd: root }).then(
    ({ stdout }) => ({ code: 0, words: stdout }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, words: stderr }),
  )

it('every command says what it does and what it takes, and does nothing else then', async () => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const commands = Object.entries(scripts).flatMap(([name, line]) => {
    const [, command] = /boot\.mjs (\S+)/.exec(line) ?? []
    return command ? [[name, command] as const] : []
  })
  expect(commands).toHaveLength(9)
  await Promise.all(
    commands.map(async ([name, command]) => {
      const { code, words } = await boot(command, '--help')
      expect([code, words]).toEqual([0, expect.stringMatching(new RegExp(`^npm (run )?${name}( -- [[<].+)?: .+`))])
    }),
  )
})

it('what a command does not take is refused before anything is done', async () => {
  expect(await boot('secret-key', '--hlep')).toEqual({ code: 2, words: expect.stringMatching(/^Leave out “--hlep”/) })
})
