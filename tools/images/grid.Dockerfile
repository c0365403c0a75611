# Every kind of process of the grid, by its command, and (target `machine`) a host that the grid reaches by SSH.
# BASE_IMAGE: Debian or Ubuntu with Node 20 and npm on its path. What else is needed is installed where it is missing.
ARG BASE_IMAGE=node:20.20.2-bookworm-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /grid
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# Of Temporal's native part, those for Linux stay: agents are sent to hosts of either kind of processor.
RUN node workers/build.mjs && npm prune --omit=dev \
 && rm -rf node_modules/@temporalio/core-bridge/sdk-core node_modules/@temporalio/core-bridge/releases/*darwin* node_modules/@temporalio/core-bridge/releases/*windows*

FROM ${BASE_IMAGE} AS grid
RUN for program in git gzip python3 ssh-keygen tar; do command -v "$program" > /dev/null || missing=yes; done; \
    [ -z "$missing" ] || { apt-get update && apt-get install -y --no-install-recommends ca-certificates git gzip openssh-client python3 tar && rm -rf /var/lib/apt/lists/*; }
RUN useradd --uid 10001 --home-dir /var/lib/grid --shell /usr/sbin/nologin grid \
 && install -d -o grid -g grid -m 700 /var/lib/grid /var/lib/grid-access \
 && printf '#!/bin/sh\nexec node /grid/dist/grid.js "$@"\n' > /usr/local/bin/grid && chmod 755 /usr/local/bin/grid
WORKDIR /grid
COPY --from=build /grid/package.json ./
COPY --from=build /grid/node_modules ./node_modules
COPY --from=build /grid/dist ./dist
COPY --from=build /grid/catalog ./catalog
COPY --from=build /grid/docs ./docs
COPY --from=build /grid/tools/production ./tools/production
ENV NODE_ENV=production GRID_HOME=/var/lib/grid GRID_TOKENS=/var/lib/grid-access/tokens.json
USER grid
# As `grid up` starts its processes: memory given back soon is worth more here than fewer collections.
ENTRYPOINT ["node", "--max-semi-space-size=2", "--initial-old-space-size=32", "--heap-growing-percent=20"]
CMD ["dist/api.js"]

FROM ${BASE_IMAGE} AS machine
RUN for program in /usr/sbin/sshd gzip tar; do command -v "$program" > /dev/null || missing=yes; done; \
    [ -z "$missing" ] || { apt-get update && apt-get install -y --no-install-recommends gzip openssh-server tar && rm -rf /var/lib/apt/lists/*; }
# No password is good for it, which is not the same as locked.
RUN useradd --uid 10001 --create-home --shell /bin/sh --password '*' grid && mkdir -p /run/sshd
COPY tools/images/sshd_config /etc/ssh/grid_sshd_config
ENTRYPOINT ["/usr/sbin/sshd", "-D", "-e", "-f", "/etc/ssh/grid_sshd_config"]
