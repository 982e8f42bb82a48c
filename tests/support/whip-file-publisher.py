"""Publishes a transport stream over WHIP as it is, H.264 and Opus, looped and in real time (aiortc, which is no browser).

Arguments: WHIP address, bearer, file, and maybe a UDP port of loopback to send to instead of the one in the answer. Prints
that one as JSON once it was let in. SIGTERM lets it say goodbye; it ends with 1 and words when it is refused or cut off.
"""
import asyncio
import json
import signal
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from fractions import Fraction

import aioice.ice
import av
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription

url, bearer, file = sys.argv[1:4]
port = sys.argv[4] if len(sys.argv) > 4 else None
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
begun = 0.0


def read(path):
    packets = {"video": [], "audio": []}
    with av.open(path) as container:
        for packet in container.demux():
            if packet.size > 0:
                packets[packet.stream.type].append((packet.pts, bytes(packet)))
    start = min(packets["video"][0][0], packets["audio"][0][0])
    return {kind: [(pts - start, data) for pts, data in each] for kind, each in packets.items()}


packets = read(file)
# One round lasts as long as its pictures.
video = [pts for pts, _ in packets["video"]]
round_length = video[-1] + video[1] - video[0]


class Packets(MediaStreamTrack):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.round = [each for each in packets[kind] if each[0] < round_length]
        self.sent = 0

    async def recv(self):
        rounds, index = divmod(self.sent, len(self.round))
        pts, data = self.round[index]
        self.sent += 1
        packet = av.Packet(data)
        packet.pts = rounds * round_length + pts
        packet.time_base = Fraction(1, 90_000)
        await asyncio.sleep(begun + packet.pts / 90_000 - time.time())
        return packet


def ask(method, address, body=None):
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/sdp"}
    request = urllib.request.Request(address, body and body.encode(), headers, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return response.read().decode(), urllib.parse.urljoin(address, response.headers.get("Location"))
    except urllib.error.HTTPError as error:
        if error.code == 307:  # The stream's worker is another one (RFC 9725 section 4.5).
            return ask(method, error.headers["Location"], body)
        return sys.exit(f"{error.code} {error.read().decode()}")


def through(relay, answer, candidates):
    for candidate in candidates:
        fields = candidate.split(" ")
        answer = answer.replace(candidate, " ".join([*fields[:5], relay, *fields[6:]]))
    return answer


async def main():
    global begun
    done = asyncio.Event()
    said_goodbye = False
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    for kind in ("video", "audio"):
        codecs = RTCRtpSender.getCapabilities(kind).codecs
        wanted = [codec for codec in codecs if codec.mimeType in ("video/H264", "audio/opus")]
        peer.addTransceiver(Packets(kind), direction="sendonly").setCodecPreferences(wanted)
    peer.on("connectionstatechange", lambda: done.set() if peer.connectionState in ("failed", "closed") else None)
    await peer.setLocalDescription(await peer.createOffer())
    answer, location = ask("POST", url, peer.localDescription.sdp)
    candidates = [line for line in answer.split("\r\n") if line.startswith("a=candidate:")]
    print(json.dumps({"port": int(candidates[0].split(" ")[5])}), flush=True)
    begun = time.time()
    await peer.setRemoteDescription(RTCSessionDescription(through(port, answer, candidates) if port else answer, "answer"))

    def goodbye():
        nonlocal said_goodbye
        said_goodbye = True
        done.set()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, goodbye)
    await done.wait()
    if said_goodbye:
        ask("DELETE", location)
    await peer.close()
    sys.exit(0 if said_goodbye else "The connection broke.")


asyncio.run(main())
