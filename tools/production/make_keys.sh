#!/bin/sh
# Makes what the control workers and the machine of the example need to know each other by, once: a key of the grid's
# own, the machine's host key, and what each keeps of the other.
set -eu
home=/var/lib/grid/.ssh
machine=/etc/grid-machine

mkdir -p "$home" "$machine"
[ -e "$home/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C service-grid -f "$home/id_ed25519"
[ -e "$machine/ssh_host_ed25519_key" ] || ssh-keygen -q -t ed25519 -N '' -C machine -f "$machine/ssh_host_ed25519_key"
cp "$home/id_ed25519.pub" "$machine/authorized_keys"

touch "$home/known_hosts"
{ grep -v '^machine ' "$home/known_hosts" || true; echo "machine $(cut -d ' ' -f 1,2 "$machine/ssh_host_ed25519_key.pub")"; } > "$home/known_hosts.new"
mv "$home/known_hosts.new" "$home/known_hosts"

chmod 700 "$home"
chmod 755 "$machine"
chmod 644 "$machine/authorized_keys"
chown -R grid:grid "$home"
