/**
 * The init of a machine, for any POSIX /bin/sh. It is text and not a file beside the code, so that it is there in
 * every bundle. Nothing is ever put into it: it gets everything by argument and environment.
 *
 * Arguments: machine id (for people who read `ps`), number of the run, then the command; no command means idle.
 * Working directory: the machine's `root`. Descriptor 3, if open: closed as soon as it is decided whose run this is.
 *
 * - The record (`pid start-time boot-id`) is linked into place, so of any number of inits of one run exactly one goes on.
 * - The lifeline is a FIFO held open here and in no child: its readers get end of file when init dies, however it dies.
 * - Descriptor 8 of all that runs in the machine appends to the run's output: a process that left the group, the
 *   session and its environment behind can still be told to be ours.
 */
export const INIT_SCRIPT = `#!/bin/sh
run=../run/$2
shift 2
command_path=$PATH
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
IFS=' '
umask 077
exec </dev/null >>"$run/output.log" 2>&1
exec 8>&1
signalled=
trap 'signalled=1' TERM

# In a function, because it splits the line over the arguments.
identify() {
  read -r line <"/proc/$$/stat"
  set -f
  set -- \${line##*) }
  set +f
  read -r boot </proc/sys/kernel/random/boot_id
  identity="$$ \${20} $boot"
}

identify
mkfifo "$run/lifeline.$$" || exit 1
exec 9<>"$run/lifeline.$$"
printf '%s\\n' "$identity" >"$run/record.$$"
if ! ln "$run/record.$$" "$run/record" 2>/dev/null; then
  # Whoever looks for a lost record may have written ours for us.
  IFS= read -r winner <"$run/record"
  if [ "$winner" != "$identity" ]; then
    rm -f "$run/record.$$" "$run/lifeline.$$"
    exit 0
  fi
fi
: >../../started
exec 3>&-

# Once for the whole group; a second TERM would make many programs give up in the middle of ending well.
pass_on() {
  signalled=1
  trap '' TERM
  kill -s TERM 0
}

if [ $# -eq 0 ]; then
  while [ -z "$signalled" ]; do read -r _ <&9; done
  code=143
else
  (umask 022; PATH=$command_path; exec "$@") 3>&- 9<&- &
  child=$!
  trap pass_on TERM
  if [ -n "$signalled" ]; then pass_on; fi
  # Some shells write a line about a child that a signal ended; it is not the command's.
  wait "$child" 2>/dev/null
  code=$?
  # A trapped signal ends the wait, not the command.
  if [ -n "$signalled" ]; then
    wait "$child" 2>/dev/null
    again=$?
    if [ "$again" -ne 127 ]; then code=$again; fi
  fi
fi
printf '%s\\n' "$code" >"$run/exit.$$"
mv -f "$run/exit.$$" "$run/exit" 9<&-
`;
