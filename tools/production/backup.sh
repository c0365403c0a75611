#!/bin/sh
# Backs a grid of docker-compose.temporal.yml up while it runs: tools/production/backup.sh DIRECTORY
#   postgres.tar.gz  both databases of Temporal as they were at one moment
#   home.tar.gz      the environment, the grid's id and its SSH key
#   access.tar.gz    the hashes of tokens
# Keys of GRID_CODEC_KEY are not in it: keep them elsewhere. Whoever has the backup can reach the grid's hosts.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 DIRECTORY" >&2; exit 2; }
compose="${COMPOSE:-docker compose -f docker-compose.temporal.yml}"
to=$1

umask 077
mkdir -p "$to"
[ -z "$(ls -A "$to")" ] || { echo "$to is not empty: a backup has a directory of its own" >&2; exit 1; }
part=$to/.part
mkdir "$part"
trap 'rm -rf "$part"' EXIT

# What follows comes after the databases: it never knows less than they do.
$compose exec -T postgres pg_basebackup -U temporal --format=tar --wal-method=fetch --checkpoint=fast --pgdata=- | gzip -1 > "$part/postgres.tar.gz"
$compose run --rm --no-deps -T --entrypoint tar control -C /var/lib/grid -cf - . | gzip -1 > "$part/home.tar.gz"
$compose run --rm --no-deps -T --entrypoint tar api -C /var/lib/grid-access -cf - . | gzip -1 > "$part/access.tar.gz"
# A pipe hides that its beginning failed; an archive that is not whole does not read to its end.
for archive in postgres home access; do tar -tzf "$part/$archive.tar.gz" > /dev/null; done
tar -tzf "$part/postgres.tar.gz" | grep -qx 'backup_label' || { echo 'the copy of the databases is not one that can be started from' >&2; exit 1; }
mv "$part"/* "$to"/
echo "backed up to $to"
