#!/bin/sh
# Builds images of Temporal from the pinned Go module: tools/images/temporal.sh [DOCKER BUILD ARGUMENTS…]
# Then, in .env:
#   TEMPORAL_SERVER_IMAGE=service-grid-temporal-server:1.31.2
#   TEMPORAL_ADMIN_TOOLS_IMAGE=service-grid-temporal-admin-tools:1.31.2
#   TEMPORAL_UI_IMAGE=service-grid-temporal-ui:2.50.1
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

cd "$here/../temporal_server"
export GOTOOLCHAIN=local CGO_ENABLED=0
go build -trimpath -ldflags '-s -w' -o "$out/temporal-server" go.temporal.io/server/cmd/server
go build -trimpath -ldflags '-s -w' -o "$out/temporal-sql-tool" go.temporal.io/server/cmd/tools/sql
go build -trimpath -ldflags '-s -w' -o "$out/temporal-ui-server" github.com/temporalio/ui-server/v2/cmd/server
install -m 644 "$(go list -m -f '{{.Dir}}' github.com/temporalio/ui-server/v2)/config/docker.yaml" "$out/ui.yaml"

for each in server:1.31.2 admin-tools:1.31.2 ui:2.50.1; do
  docker build "$@" --file "$here/temporal.Dockerfile" --target "${each%%:*}" --tag "service-grid-temporal-$each" "$out"
done
