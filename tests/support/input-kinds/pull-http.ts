import { copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileServer } from '../file-server-process.ts'
import { mp4Fixture } from '../media.ts'
import { startRelay } from '../relay.ts'
import type { InputKind, PictureWidth } from './input-kind.ts'
import { noise } from './noise.ts'
import { picture } from './picture.ts'

/** Weir fetches a film over HTTP, again and again. */
export async function pullHttpKind(): Promise<InputKind> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-films-'))
  const server = new FileServer(folder)
  const relay = await startRelay(await server.start())
  const address = (user: string, film: string) => [`http://${user}@127.0.0.1:${relay.port}/${film}`]
  const show = async (width: PictureWidth) => {
    await copyFile(await mp4Fixture({ ...picture(width), seconds: 4 }), join(folder, 'draft'))
    await rename(join(folder, 'draft'), join(folder, 'film.mp4'))
  }
  await show(320)
  await writeFile(join(folder, 'noise.mp4'), noise(100_000))
  const resume = async () => relay.aim(await server.start())
  return {
    protocol: 'http',
    source: { type: 'pull', urls: address('user:wrong', 'film.mp4'), loop: true },
    // It is fetched 20 s ahead, and a film more.
    toSlateMs: { kill: 26_000, freeze: 26_000, 'half-open': 26_000 },
    wrongSecret: async (trial) => {
      await trial.issue('unauthorized')
    },
    garbage: async (trial) => {
      await trial.mend({ urls: address('user:secret', 'noise.mp4') })
      await trial.issue('source_unreadable', 'not_media')
    },
    begin: (trial) => trial.mend({ urls: address('user:secret', 'film.mp4') }),
    kill: () => server.kill(),
    resume,
    freeze: () => server.signal('SIGSTOP'),
    thaw: () => server.signal('SIGCONT'),
    cut: () => relay.blackhole(),
    heal: async () => relay.heal(),
    change: () => show(480),
    restart: async () => {
      await server.kill()
      await resume()
    },
    close: async () => {
      await server.kill()
      await relay.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
