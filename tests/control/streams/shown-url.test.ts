import { expect, it } from 'vitest'
import { shownUrl } from '#control/streams/shown-url.ts'

it.each([
  ['https://user:secret@media.example/secret/live/a.m3u8?token=secret#secret', 'https://media.example/…/a.m3u8'],
  ['http://media.example:8080', 'http://media.example:8080/'],
  ['rtsp://user:secret@camera.example:554/stream1', 'rtsp://camera.example:554/stream1'],
  ['rtmp://media.example:1936/app/secret', 'rtmp://media.example:1936/…'],
  ['rtmps://media.example/app/secret?secret', 'rtmps://media.example/…'],
  ['srt://media.example:9000?streamid=secret&passphrase=secret', 'srt://media.example:9000/…'],
])('of %s people see %s', (address, shown) => expect(shownUrl(address)).toBe(shown))
