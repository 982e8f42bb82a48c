import { dirname } from 'node:path'
import { watchChannel } from './channel-watch.ts'
import { eventually } from './eventually.ts'
import { FakeTwitch } from './fake-twitch.ts'

// Follows the fake channel until somebody ends this process. One line on stdout says that media comes.
const fake = await FakeTwitch.start()
fake.goLive()
const watch = await watchChannel(fake)
await eventually('media comes', () => (watch.source()?.bytes().length ?? 0) > 0)
const folders = [watch.workDir, dirname(fake.environment.REQUESTS_CA_BUNDLE!)]
process.stdout.write(`${JSON.stringify({ folders })}\n`)
