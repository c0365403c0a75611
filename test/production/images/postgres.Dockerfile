# What the image postgres of Docker's library does with the variables that docker-compose.temporal.yml gives it, on a base that has
# Debian's PostgreSQL: for tests where no registry can be reached.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
COPY postgres.sh /usr/local/bin/
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["/bin/sh", "/usr/local/bin/postgres.sh"]
