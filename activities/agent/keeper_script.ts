/**
 * Keeps one program running, for any POSIX /bin/sh: started again whenever it ends, at once at first and then after
 * longer and longer pauses, until TERM ends both. Text and not a file, like the init of a machine, and nothing is ever
 * put into it: its arguments are the program's. One arena is enough for an agent, and saves it some 7 MiB (glibc).
 */
export const KEEPER = `
export MALLOC_ARENA_MAX=1
child=
ending=
pause=0.2
end() {
  ending=1
  if [ -n "$child" ]; then kill -s TERM "$child" 2>/dev/null; fi
}
trap end TERM
while [ -z "$ending" ]; do
  started=$(date +%s)
  "$@" &
  child=$!
  # It may have come between the test and the fork.
  if [ -n "$ending" ]; then kill -s TERM "$child" 2>/dev/null; fi
  # A signal ends the wait, not the program.
  while wait "$child" 2>/dev/null; code=$?; kill -s 0 "$child" 2>/dev/null; do :; done
  child=
  if [ -n "$ending" ]; then break; fi
  if [ $(($(date +%s) - started)) -ge 30 ]; then pause=0.2; fi
  echo "the agent ended with $code and is started again in $pause s"
  sleep "$pause" &
  child=$!
  wait "$child" 2>/dev/null
  child=
  case $pause in
    0.2) pause=0.4 ;; 0.4) pause=0.8 ;; 0.8) pause=1.6 ;; 1.6) pause=3.2 ;; 3.2) pause=6.4 ;; *) pause=10 ;;
  esac
done
exit 0
`;
