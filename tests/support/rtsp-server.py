# GStreamer RTSP servers on loopback. Prints their ports as JSON. Open: /camera (H.264 and AAC), /g711 (H.264 and A-law),
# /vp8. Private (user "user", password "secret"): /camera.
# Arguments: the size of the picture (default: 320 180).
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

Gst.init(None)
width, height = sys.argv[1:3] if len(sys.argv) > 2 else (320, 180)
video = f"videotestsrc is-live=true ! video/x-raw,width={width},height={height},framerate=25/1"
h264 = f"{video} ! x264enc tune=zerolatency speed-preset=ultrafast bitrate=300 key-int-max=25 ! rtph264pay name=pay0 pt=96"
sound = "audiotestsrc is-live=true ! audio/x-raw,channels=1"
media = {
    "/camera": f"( {h264} {sound},rate=48000 ! voaacenc ! rtpmp4gpay name=pay1 pt=97 )",
    "/g711": f"( {h264} {sound},rate=8000 ! alawenc ! rtppcmapay name=pay1 pt=8 )",
    "/vp8": f"( {video} ! vp8enc deadline=1 ! rtpvp8pay name=pay0 pt=96 )",
}
rights = "user, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"


def serve(private):
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service="0")
    if private:
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "user")
        auth = GstRtspServer.RTSPAuth()
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic("user", "secret"), token)
        server.set_auth(auth)
    for path, launch in media.items():
        factory = GstRtspServer.RTSPMediaFactory(launch=launch, shared=True)
        if private:
            factory.add_role_from_structure(Gst.Structure.from_string(rights)[0])
        server.get_mount_points().add_factory(path, factory)
    server.attach(None)
    return server


opened, closed = serve(private=False), serve(private=True)
print(f'{{"port": {opened.get_bound_port()}, "privatePort": {closed.get_bound_port()}}}', flush=True)
GLib.MainLoop().run()
