# The service with production dependencies only; it needs DATABASE_URL, since no Postgres is inside.
# Builds with and without BuildKit. deploy/images.env has the base image by digest.
ARG NODE_IMAGE=node:24-bookworm-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The embedded Postgres is an optional dependency, and `node` a development one: neither belongs into the image.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN node_modules/.bin/tsc -p tsconfig.build.json \
  && rm -rf node_modules \
  && npm ci --omit=dev --omit=optional --ignore-scripts
# What no program reads: types, source maps, prose and tests are half of what the packages hold. Licenses stay.
RUN find node_modules -type f '(' -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' \
    -o -name '*.md' ')' ! -iname '*license*' -delete \
  && find node_modules -type d '(' -name test -o -name tests -o -name benchmark -o -name benchmarks \
    -o -name docs -o -name examples -o -name .github ')' -prune -exec rm -rf '{}' + \
  && find node_modules -type d -empty -delete

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="apify-dataset-mirror" \
  org.opencontainers.image.description="Keeps a Postgres table equal to the list of datasets of an Apify account" \
  org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production \
  HTTP_HOST=0.0.0.0 \
  HTTP_PORT=8080
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN chmod +x dist/bin.js && ln -s /app/dist/bin.js /usr/local/bin/dataset-mirror
COPY package.json LICENSE ./
COPY migrations migrations
COPY src/ops/page/client src/ops/page/client
# A number, so that Kubernetes can tell that it is not root. It is the base image's user `node`.
USER 1000:1000
EXPOSE 8080
# Alive, not ready: a database that is away must not have the container killed.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HTTP_PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# The program handles SIGTERM itself, as process 1 too; a second signal ends it at once.
STOPSIGNAL SIGTERM
# The limits of the heap are explained in src/main.ts.
ENTRYPOINT ["node", "--max-semi-space-size=16", "--max-old-space-size=1024", "--single-threaded-gc", "--disable-sigusr1", "dist/main.js"]
CMD ["start"]
