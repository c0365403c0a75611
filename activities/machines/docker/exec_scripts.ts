/** Variable that every process of one execution carries, and is known by. */
export const MARK = 'GRID_CHILD';

/**
 * Ends every process of one execution: those that carry its mark, and those of its session, whoever they run as and
 * whatever became of their environment. Words of the shell only, for an image may have no others. Bounded, for something
 * may not die. Needs `$mark`; `$self` is spared.
 */
const SWEEP = `
marked() {
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in *"${MARK}=$mark"*) return 0 ;; esac
  done <"/proc/$1/environ"
  return 1
}
session_of() {
  session=
  IFS= read -r line <"/proc/$1/stat" || return 1
  set -f
  set -- \${line##*) }
  set +f
  session=$4
}
sweep() {
  passes=0
  found=1
  while [ -n "$found" ] && [ "$passes" -lt 100 ]; do
    found=
    passes=$((passes + 1))
    for dir in /proc/[0-9]*; do
      pid=\${dir#/proc/}
      [ "$pid" = "$self" ] && continue
      session_of "$pid" || continue
      if [ "$session" = "$leader" ] || marked "$pid"; then
        kill -9 "$pid" && found=1
      fi
    done 2>/dev/null
  done
}
`;

/**
 * Runs a command and, when it has ended, ends what it left behind. Arguments: the command. The mark is in the
 * environment. A program that is not there is told by the mark alone on standard error.
 */
export const RUN_SCRIPT = `${SWEEP}
mark=$${MARK}
if ! command -v "$1" >/dev/null 2>&1; then
  printf '%s\\n' "$mark" >&2
  exit 127
fi
(exec "$@")
code=$?
self=$$
leader=$$
sweep
exit "$code"
`;

/** Ends an execution from outside. Argument: its mark. The leader of its session is looked for first, while it is there. */
export const END_SCRIPT = `${SWEEP}
mark=$1
self=$$
leader=none
for dir in /proc/[0-9]*; do
  pid=\${dir#/proc/}
  session_of "$pid" || continue
  if [ "$session" = "$pid" ] && marked "$pid"; then leader=$pid; fi
done 2>/dev/null
sweep
`;
