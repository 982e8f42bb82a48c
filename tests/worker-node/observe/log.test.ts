import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { startProcess } from '#tests/support/processes.ts'

const root = join(import.meta.dirname, '../../..')

/** Lines that a process writes with our log. */
async function logged(statements: string, level = 'info'): Promise<{ lines: Record<string, unknown>[]; all: string }> {
  const program = `import * as v from 'valibot'; import { createStderrLog } from '#worker/observe/log.ts'; const log = createStderrLog('${level}'); ${statements}`
  const run = startProcess(process.execPath, ['--input-type=module', '-e', program], { cwd: root })
  await eventually('it has ended', () => run.hasEnded())
  expect([run.child.exitCode, run.stdout()]).toEqual([0, ''])
  const all = run.stderr()
  return {
    lines: all
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
    all,
  }
}

describe('the log of a worker', () => {
  it('writes one line of JSON per event on stderr, with the time people read', async () => {
    const { lines } = await logged(`log.debug('not this'); log.child({ stream: 'ls_1' }).info({ a: 1 }, 'hello')`)
    expect(lines).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        level: 'info',
        part: 'worker',
        stream: 'ls_1',
        a: 1,
        msg: 'hello',
      },
    ])
  })

  it('writes down whatever was thrown', async () => {
    const { lines } = await logged(`
      for (const err of [new Error('it broke', { cause: new Error('for a reason') }), 'words', null])
        log.error({ err }, 'thrown')
    `)
    expect(lines.map(({ err }) => err)).toEqual([
      expect.objectContaining({
        message: 'it broke',
        stack: expect.any(String),
        cause: expect.objectContaining({ message: 'for a reason' }),
      }),
      'words',
      null,
    ])
  })

  it('writes no secret, wherever it stands', async () => {
    const { lines, all } = await logged(`
      log.info({ streamKey: 'S3CRET', stream_key: 'S3CRET', token: 'S3CRET', authorization: 'S3CRET', kept: 'yes' }, 'top')
      log.info({ destination: { streamKey: 'S3CRET', stream_key: 'S3CRET', id: 'dst_1' } }, 'inside')
      log.info({ request: { headers: { authorization: 'Bearer S3CRET' } } }, 'deeper')
      log.info({ destinations: [{ streamKey: 'S3CRET' }] }, 'in a list')
      log.error({ err: Object.assign(new Error('it broke'), { token: 'S3CRET' }) }, 'on an error')
      log.child({ token: 'S3CRET' }).info('of a child')
      const opened = { stream_key: 'S3CRET', srt_passphrase: 1 }
      const wrong = v.safeParse(v.object({ stream_key: v.string(), srt_passphrase: v.string() }), opened).issues
      log.error({ err: new v.ValiError(wrong) }, 'on what a schema refused')
    `)
    expect(lines).toHaveLength(7)
    expect(all).not.toContain('S3CRET')
    expect(lines[0]).toMatchObject({
      streamKey: '•••',
      stream_key: '•••',
      token: '•••',
      authorization: '•••',
      kept: 'yes',
    })
    expect(lines[1]).toMatchObject({ destination: { streamKey: '•••', id: 'dst_1' } })
    expect(lines[4]).toMatchObject({ err: { message: 'it broke' } })
    expect(lines[6]).toMatchObject({ err: { type: 'ValiError', message: expect.stringContaining('Expected string') } })
  })
})
