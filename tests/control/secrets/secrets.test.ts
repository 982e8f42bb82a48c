import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createSecretBox, newSecretKey } from '#control/secrets/secret-box.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, claimed, publishTo } from '../../support/jobs.ts'

describe('the secret box', () => {
  it('opens what it sealed, in the same place only', async () => {
    const box = await createSecretBox(newSecretKey())
    const sealed = await box.seal('key ✓', 'destination:dst_1')
    expect(sealed).not.toContain('key')
    expect(await box.open(sealed, 'destination:dst_1')).toBe('key ✓')
    await expect(box.open(sealed, 'destination:dst_2')).rejects.toThrow('changed in the database')
  })

  it('never seals alike twice', async () => {
    const box = await createSecretBox(newSecretKey())
    expect(await box.seal('same', 'a')).not.toBe(await box.seal('same', 'a'))
  })

  it('says so when the secret was encrypted with another key', async () => {
    const sealed = await (await createSecretBox(newSecretKey())).seal('key', 'a')
    const other = await createSecretBox(newSecretKey())
    await expect(other.open(sealed, 'a')).rejects.toThrow('encrypted with another key')
  })

  it.each(['', 'short', 'not base64url!', newSecretKey().slice(1)])('takes no key like “%s”', async (key) => {
    await expect(createSecretBox(key)).rejects.toThrow('32 bytes')
  })
})

describe('secrets of a running control', () => {
  let control: TestControl
  afterEach(() => control.stop())

  it('stand in no answer but those that give them, in no log line and in no file of the database', async () => {
    const lines: string[] = []
    const writeLog = (line: object) => void lines.push(JSON.stringify(line))
    control = await startTestControl({ environment: { WEIR_LOG_LEVEL: 'debug' }, writeLog })
    const answers: string[] = []
    const keep = async (answer: Promise<Response>) => answers.push(await (await answer).text())

    const stream = await addStream(control)
    const path = `/v1/live-streams/${stream.id}`
    const key = 'destination-stream-key'
    await keep(control.call('POST', `${path}/destinations`, { url: 'rtmp://h/a', stream_key: key }))
    await keep(control.call('POST', `${path}/destinations`, { url: 'rtmp://h/a', stream_key: key, extra: key }))
    const worker = await addWorker(control)
    const job = await claimed(await publishTo(worker, stream))
    await keep(worker.beat([reportOf(job)]))
    for (const read of ['/v1/live-streams', path, `${path}/events`, `${path}/destinations`, '/v1/workers'])
      await keep(control.call('GET', read))
    await keep(control.call('POST', `${path}/disable`))
    await keep(fetch(`${control.url}/v1/playback/${stream.playback_ids[0]?.id}`))
    control.runtime.log.info({ token: control.token, headers: { authorization: control.token } }, 'a careless line')

    const files = (await readdir(control.dataDir)).filter((name) => name.startsWith('weir.db'))
    const stored = await Promise.all(files.map((name) => readFile(join(control.dataDir, name), 'latin1')))
    expect(stored.join('')).toContain(stream.id)
    for (const secret of [key, stream.stream_key ?? expect.fail('no key'), control.token]) {
      expect(answers.join('\n')).not.toContain(secret)
      expect(lines.join('\n')).not.toContain(secret)
      expect(stored.join('\n')).not.toContain(secret)
    }
    expect(lines.join('')).toContain('a careless line')
  })

  it('lie in files that only their owner reads', async () => {
    control = await startTestControl()
    for (const name of await readdir(control.dataDir))
      expect((await stat(join(control.dataDir, name))).mode & 0o077, name).toBe(0)
  })
})
