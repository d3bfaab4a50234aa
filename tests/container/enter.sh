#!/bin/sh
# What docker-compose.yml asks for, without an engine: the root cannot be written but for "$DATA" and "$SCRATCH",
# the network is loopback alone, "$TREE" is seen at "$SEAT", and the command runs as the image's user without any capability.
# Usage: unshare --mount --net --pid --fork --kill-child --mount-proc enter.sh UID COMMAND…
set -eu
user=$1
shift
ip link set lo up
mount --make-rprivate /
# where the tree is, others may not be let in
mount --bind "$TREE" "$SEAT"
mount -o remount,bind,ro "$SEAT"
cd "$SEAT"
if ! setpriv --reuid "$user" --clear-groups test -x "$PYTHON_HOME/bin/python3"; then
    # a home that others may not enter: in its place one that holds nothing but this Python
    mkdir "$SCRATCH/python"
    mount --bind "$PYTHON_HOME" "$SCRATCH/python"
    mount -t tmpfs -o mode=755 tmpfs "$HOME"
    mkdir -p "$PYTHON_HOME"
    mount --bind "$SCRATCH/python" "$PYTHON_HOME"
fi
mount --bind "$DATA" "$DATA"
mount --bind "$SCRATCH" "$SCRATCH"
mount -o remount,bind,ro /
exec setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs --bounding-set -all --inh-caps -all "$@"
