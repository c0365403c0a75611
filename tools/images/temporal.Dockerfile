# Temporal's server, schema tool and UI from binaries that tools/images/temporal.sh builds of the pinned Go module, for whoever
# cannot fetch Temporal's own images: targets `server`, `admin-tools` and `ui`. BASE_IMAGE: Debian or Ubuntu.
ARG BASE_IMAGE=debian:12.12-slim

FROM ${BASE_IMAGE} AS base
RUN [ -e /etc/ssl/certs/ca-certificates.crt ] || { apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*; }
RUN useradd --uid 1000 --home-dir /etc/temporal --shell /usr/sbin/nologin temporal && mkdir -p /etc/temporal

FROM base AS server
COPY temporal-server /usr/local/bin/
USER temporal
# The parts of a server find each other by an address, and 0.0.0.0 is none.
ENTRYPOINT ["/bin/sh", "-ec", "TEMPORAL_BROADCAST_ADDRESS=$(hostname -i | cut -d ' ' -f 1) exec temporal-server start"]

FROM base AS admin-tools
COPY temporal-sql-tool /usr/local/bin/
USER temporal
ENTRYPOINT ["temporal-sql-tool"]

FROM base AS ui
COPY temporal-ui-server /usr/local/bin/
COPY ui.yaml /etc/temporal/config/docker.yaml
USER temporal
WORKDIR /etc/temporal
ENTRYPOINT ["temporal-ui-server", "--env", "docker", "start"]
