#!/bin/sh
# Provides what docker-compose.yml requests, without a container engine: a root that is read-only except for "$DATA" and
# "$SCRATCH", a network with only loopback, and "$TREE" mounted at "$MOUNT_POINT". Then runs the command as the image's
# user without any capability.
# Usage: unshare --mount --net --pid --fork --kill-child --mount-proc enter.sh UID COMMAND…
set -eu
user=$1
shift
can_enter() { setpriv --reuid "$user" --clear-groups test -x "$1"; }
ip link set lo up
mount --make-rprivate /
# mounted elsewhere, because the folders above the tree may be closed to other users
mount --bind "$TREE" "$MOUNT_POINT"
mount -o remount,bind,ro "$MOUNT_POINT"
cd "$MOUNT_POINT"
if ! can_enter "$PYTHON_HOME/bin/python3"; then
    # Python is in a private folder, such as a home: replace the topmost private folder by one with only this Python
    private=$PYTHON_HOME
    while parent=$(dirname "$private") && [ "$parent" != / ] && ! can_enter "$parent"; do private=$parent; done
    mkdir "$SCRATCH/python"
    mount --bind "$PYTHON_HOME" "$SCRATCH/python"
    mount -t tmpfs -o mode=755 tmpfs "$private"
    mkdir -p "$PYTHON_HOME"
    mount --bind "$SCRATCH/python" "$PYTHON_HOME"
fi
mount --bind "$DATA" "$DATA"
mount --bind "$SCRATCH" "$SCRATCH"
mount -o remount,bind,ro /
exec setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs --bounding-set -all --inh-caps -all "$@"
