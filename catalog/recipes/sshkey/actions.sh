#!/bin/sh
set -eu
case "$1" in
  prepare)
    case "$HRD_INSTANCE_PARAM_PATH" in /*) ;; *) echo "param.path has to begin with /" >&2; exit 1 ;; esac
    [ -e "$HRD_INSTANCE_PARAM_PATH" ] || ssh-keygen -q -t ed25519 -N '' -C "$HRD_SERVICE_INSTANCE" -f "$HRD_INSTANCE_PARAM_PATH"
    ;;
  monitor) printf '{"fingerprint": "%s"}' "$(ssh-keygen -lf "$HRD_INSTANCE_PARAM_PATH" | cut -d' ' -f2)" >"$GRID_RESULT" ;;
esac
