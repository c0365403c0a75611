#!/bin/sh
# Brings back what tools/production/backup.sh kept, where there is nothing yet: tools/production/restore.sh DIRECTORY
set -eu
[ $# -eq 1 ] || { echo "usage: $0 DIRECTORY" >&2; exit 2; }
compose="${COMPOSE:-docker compose -f docker-compose.temporal.yml}"
from=$1

for archive in postgres home access; do tar -tzf "$from/$archive.tar.gz" > /dev/null; done
[ -z "$($compose ps -q)" ] || { echo 'the grid runs: docker compose -f docker-compose.temporal.yml down' >&2; exit 1; }

# $1 service, $2 where its volume is, $3 whose the files are, $4 archive
into() {
  gunzip -c "$from/$4.tar.gz" | $compose run --rm --no-deps -T --user root --cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER --entrypoint /bin/sh "$1" -ec \
    '[ -z "$(ls -A "$0")" ] || { echo "$0 is not empty: nothing was restored there" >&2; exit 1; }; tar -C "$0" -xf -; chown -R "$1" "$0"; chmod 700 "$0"' "$2" "$3"
}
into postgres /var/lib/postgresql/data postgres:postgres postgres
into control /var/lib/grid grid:grid home
into api /var/lib/grid-access grid:grid access
echo 'restored; docker compose -f docker-compose.temporal.yml up -d starts it'
