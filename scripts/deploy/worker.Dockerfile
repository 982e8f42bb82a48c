# docker build -f scripts/deploy/worker.Dockerfile -t weir-worker .
FROM node:26-bookworm-slim AS build
WORKDIR /opt/weir
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/build-worker.ts

FROM debian:bookworm-slim
RUN apt-get -q update \
 && apt-get -q install -y --no-install-recommends ca-certificates ffmpeg fonts-dejavu-core streamlink \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --home-dir /data --create-home --uid 990 weir
COPY --from=build /opt/weir/dist/weir-worker /usr/local/bin/weir-worker
USER weir
ENV WEIR_DATA_DIR=/data WEIR_HOST=0.0.0.0
VOLUME /data
# Media origin, RTMP, SRT, and one port for browsers that publish (WebRTC).
EXPOSE 8788 1935 8890/udp 8900/udp
STOPSIGNAL SIGTERM
CMD ["weir-worker"]
