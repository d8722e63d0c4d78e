#!/usr/bin/env bash
# Runs a command as an unprivileged user under a user manager of systemd of its own, where systemd is installed and is not PID 1 (a
# container, a virtual machine of a CI): in mount, PID and control group namespaces that are gone afterwards, with nothing of the
# machine changed. Needs root, or a kernel and a policy that let it.
#
#   scripts/with-user-manager.sh FOLDER COMMAND [ARGUMENT…]
#
# FOLDER becomes the home folder, owned by the user. Exits with 77 when the manager cannot be run here, and says why.
set -uo pipefail

readonly SKIPPED=77
readonly PERSON=1 # "daemon", who owns nothing

skip() {
  echo "no user manager can be run here: $1" >&2
  exit "$SKIPPED"
}

manager() {
  for path in /lib/systemd/systemd /usr/lib/systemd/systemd; do
    [ -x "$path" ] && echo "$path" && return
  done
  return 1
}

case "${1:-}" in
--inside)
  shift
  # What PID 1 makes at boot.
  mount -t tmpfs tmpfs /run || exit "$SKIPPED"
  mkdir -p /run/systemd/system /run/systemd/unit-root /run/systemd/inaccessible "/run/user/$PERSON"
  chown "$PERSON:$PERSON" "/run/user/$PERSON"
  chmod 700 "/run/user/$PERSON"
  chown "$PERSON:$PERSON" "$1"
  exec setpriv --reuid="$PERSON" --regid="$PERSON" --clear-groups --bounding-set=-all \
    env -i PATH="$PATH" HOME="$1" XDG_RUNTIME_DIR="/run/user/$PERSON" LANG=C.UTF-8 KEEPSAKE_NODE="${KEEPSAKE_NODE:-}" \
    "$0" --as-person "${@:2}"
  ;;
--as-person)
  shift
  cd "$HOME" || exit 1
  "$(manager)" --user --log-target=null >/dev/null 2>&1 &
  readonly MANAGER=$!
  for _ in $(seq 100); do
    systemctl --user show --property=Version >/dev/null 2>&1 && break
    sleep 0.1
  done
  systemctl --user show --property=Version >/dev/null 2>&1 || skip "systemd's user manager does not answer"
  "$@"
  readonly EXIT=$?
  kill "$MANAGER" && wait "$MANAGER" 2>/dev/null
  exit "$EXIT"
  ;;
esac

[ "$(id -u)" = 0 ] || skip "this is not root"
for program in unshare setpriv systemctl systemd-run; do
  command -v "$program" >/dev/null || skip "$program is not installed"
done
manager >/dev/null || skip "systemd is not installed"
unshare --fork --pid --mount --mount-proc true 2>/dev/null || skip "the kernel gives no namespaces"

# Control groups of its own, one in each hierarchy that there is.
groups=()
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
  [ -w "$hierarchy/cgroup.procs" ] || continue
  group="$hierarchy/keepsake-$$"
  mkdir "$group" 2>/dev/null && chown -R "$PERSON:$PERSON" "$group" && groups+=("$group")
done
[ "${#groups[@]}" -gt 0 ] || skip "no control group can be made"
forget_groups() {
  for group in "${groups[@]}"; do find "$group" -depth -type d -exec rmdir {} + 2>/dev/null; done
}
trap forget_groups EXIT
(
  for group in "${groups[@]}"; do echo "$BASHPID" >"$group/cgroup.procs" || exit "$SKIPPED"; done
  exec unshare --fork --pid --mount --mount-proc --kill-child "$0" --inside "$@"
)
