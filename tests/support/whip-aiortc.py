"""Publishes a flash and a beep each second over WHIP: a publisher that is no browser (aiortc, Debian's python3-aiortc).

One JSON object per line on stdin is an order, one per line on stdout a report.
"""
import asyncio
import fractions
import json
import sys
import time
import urllib.error
import urllib.request

import av
import numpy
from aiortc import RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

options = json.loads(sys.argv[1])
FPS = options.get("fps", 15)
start = None


def report(**what):
    print(json.dumps(what), flush=True)


def elapsed():
    global start
    if start is None:
        start = time.monotonic()
    return time.monotonic() - start


class Flashes(MediaStreamTrack):
    kind = "video"
    size = (options.get("width", 320), options.get("height", 180))
    count = 0

    async def recv(self):
        wait = self.count / FPS - elapsed()
        if wait > 0:
            await asyncio.sleep(wait)
        width, height = self.size
        picture = numpy.full((height, width, 3), 20, numpy.uint8)
        if self.count % FPS < 3:
            picture[:] = 235
        # Something that moves, so that a frozen picture is told from a still one.
        at = self.count * 8 % (width - 16)
        picture[height - 16 :, at : at + 16] = (200, 60, 60)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = self.count * 90000 // FPS
        frame.time_base = fractions.Fraction(1, 90000)
        self.count += 1
        return frame


class Beeps(MediaStreamTrack):
    kind = "audio"
    count = 0

    async def recv(self):
        wait = self.count / 50 - elapsed()
        if wait > 0:
            await asyncio.sleep(wait)
        times = numpy.arange(960) + self.count * 960
        loud = (times % 48000) < 9600
        samples = (numpy.sin(times * 2 * numpy.pi * 1000 / 48000) * 12000 * loud).astype(numpy.int16)
        frame = av.AudioFrame.from_ndarray(numpy.repeat(samples, 2).reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = 48000
        frame.pts = self.count * 960
        frame.time_base = fractions.Fraction(1, 48000)
        self.count += 1
        return frame


def call(method, url, body=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers["authorization"] = "Bearer " + options["key"]
    request = urllib.request.Request(url, body and body.encode(), headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def without_candidates(sdp):
    kept = [line for line in sdp.split("\r\n") if not line.startswith(("a=candidate", "a=end-of-candidates"))]
    return "\r\n".join(kept)


async def main():
    loop = asyncio.get_running_loop()
    peer = RTCPeerConnection()
    flashes = Flashes()
    peer.addTrack(Beeps())
    peer.addTrack(flashes)
    codecs = RTCRtpSender.getCapabilities("video").codecs
    wanted = [codec for codec in codecs if codec.mimeType == options.get("codec", "video/H264")]
    video = next(each for each in peer.getTransceivers() if each.kind == "video")
    video.setCodecPreferences(wanted)
    peer.on("connectionstatechange", lambda: report(state=peer.connectionState))
    await peer.setLocalDescription(await peer.createOffer())
    sdp = peer.localDescription.sdp
    offer = without_candidates(sdp) if options.get("trickle") else sdp
    started = time.monotonic()
    status, headers, body = await loop.run_in_executor(
        None, lambda: call("POST", options["url"], offer, content_type="application/sdp")
    )
    report(status=status, location=headers.get("location"), etag=headers.get("etag"), ms=(time.monotonic() - started) * 1000)
    if status != 201:
        return
    session = options["origin"] + headers["location"]
    if options.get("trickle"):
        lines = [line for line in sdp.split("\r\n") if line.startswith(("a=candidate", "a=ice-ufrag", "a=ice-pwd"))]
        fragment = "\r\n".join(lines + ["a=end-of-candidates", ""])
        status, _, _ = await loop.run_in_executor(
            None,
            lambda: call(
                "PATCH",
                session,
                fragment,
                content_type="application/trickle-ice-sdpfrag",
                if_match=headers["etag"],
            ),
        )
        report(patched=status)
    await peer.setRemoteDescription(RTCSessionDescription(body, "answer"))
    while True:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        if line == "":
            break
        order = json.loads(line)
        if "size" in order:
            flashes.size = tuple(order["size"])
        if order.get("delete"):
            status, _, _ = await loop.run_in_executor(None, lambda: call("DELETE", session))
            report(deleted=status)
        if order.get("close"):
            await peer.close()
            break


asyncio.run(main())
