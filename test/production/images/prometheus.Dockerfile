# Prometheus of Debian, for the drill of tools/monitoring/docker-compose.yml.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
ENTRYPOINT ["prometheus"]
