#!/usr/bin/env bash
# The service under a real user manager of systemd: install, save, search, kill -9, handed over, taken away. Every line that begins with
# "ok" was seen; the first that was not ends it with 1.
#
#   scripts/with-user-manager.sh "$(mktemp -d)" scripts/service-really.sh     where systemd is not PID 1; as root
#   scripts/service-really.sh                                                 in a session of a person who has no service yet
set -uo pipefail

readonly PROGRAM="$(cd "$(dirname "$0")/.." && pwd)/bin/keepsake.js"
readonly PASSPHRASE='only for the tests of the service'
readonly UNIT=keepsake.service
# Every sign that systemd, a shell or a property list has a meaning for.
readonly AWKWARD='we ird"q'\''b\back%s$x ünï;#'

HOME_OF_VAULT="$(mktemp -d "${HOME}/ks-XXXXXX")"
export KEEPSAKE_HOME="$HOME_OF_VAULT/$AWKWARD"
mkdir -m 700 "$KEEPSAKE_HOME"

keepsake() { node "$PROGRAM" "$@"; }
unlock() { printf '%s' "$PASSPHRASE" | keepsake unlock --passphrase-fd 0; }
main_pid() { systemctl --user show --property=MainPID --value "$UNIT"; }
started_by() { keepsake service status --json | grep -o '"startedBy":"[^"]*"'; }
finish() {
  keepsake service uninstall --yes >/dev/null 2>&1
  # What was started on demand.
  daemon="$(keepsake service status --json | grep -o '"daemon":{"pid":[0-9]*' | grep -o '[0-9]*$')"
  [ -n "$daemon" ] && kill "$daemon"
  rm -rf "$HOME_OF_VAULT"
}
check() {
  local what="$1"
  shift
  if "$@"; then echo "ok: $what"; else
    echo "not ok: $what"
    systemctl --user status "$UNIT" --no-pager 2>&1 | head -20
    exit 1
  fi
}
eventually() { for _ in $(seq 100); do "$@" && return 0; sleep 0.1; done; return 1; }
trap finish EXIT

check "no service is there before" test -z "$(systemctl --user list-unit-files --no-legend "$UNIT")"
printf '%s' "$PASSPHRASE" | keepsake init --passphrase-fd 0 >/dev/null 2>&1
check "a vault is there, with a daemon on demand" test "$(started_by)" = '"startedBy":"on demand"'
id="$(keepsake save 'The harbour board wants the watch list on paper.')"
check "an open vault is not locked unasked" test "$(keepsake service install >/dev/null 2>&1; echo $?)" = 2
check "install hands it over" keepsake service install --yes
check "and nothing was lost or left open" test "$(keepsake status --json | grep -o '"state":"[a-z]*"')" = '"state":"sealed"'
check "the service has the daemon" test "$(started_by)" = '"startedBy":"service"'
check "it starts at login" systemctl --user is-enabled --quiet "$UNIT"
check "systemd read the awkward path as it is" bash -c 'tr "\0" "\n" <"/proc/$1/environ" | grep -qxF "KEEPSAKE_HOME=$KEEPSAKE_HOME"' - "$(main_pid)"
check "it has no privilege" grep -q '^CapEff:	0000000000000000$' "/proc/$(main_pid)/status"
check "its calls are filtered" grep -q '^Seccomp:	2$' "/proc/$(main_pid)/status"
check "unlock works inside" unlock
check "search works inside" bash -c 'node "$0" search "watch list" -a | grep -q harbour' "$PROGRAM"
before="$(main_pid)"
kill -9 "$before"
another() { [ "$(main_pid)" != 0 ] && [ "$(main_pid)" != "$before" ]; }
check "killed it comes back" eventually another
check "with the vault locked" eventually bash -c 'node "$0" status --json 2>/dev/null | grep -q "\"state\":\"sealed\""' "$PROGRAM"
check "and whole" unlock
check "and whole" bash -c 'node "$0" get "$1" | grep -q harbour' "$PROGRAM" "$id"
check "lock works on it" keepsake lock
unlock
write_notes() { for n in $(seq 100); do keepsake save "Berth $1.$n is dredged." 2>/dev/null || break; done >>"$HOME_OF_VAULT/saved"; }
for writer in 1 2 3 4; do write_notes "$writer" & done
sleep 4
check "a stop ends it" systemctl --user stop "$UNIT"
wait
check "with 0" test "$(systemctl --user show --property=Result --value "$UNIT")" = success
check "and on demand goes on afterwards" unlock
check "by another daemon" test "$(started_by)" = '"startedBy":"on demand"'
lost=0
while read -r saved; do keepsake get "$saved" >/dev/null || lost=$((lost + 1)); done <"$HOME_OF_VAULT/saved"
check "of $(wc -l <"$HOME_OF_VAULT/saved") notes that were acknowledged none is lost" test "$lost" = 0
systemctl --user start "$UNIT"
deferred() { [ "$(systemctl --user show --property=ActiveState --value "$UNIT")" = inactive ]; }
check "the service defers to a daemon on demand" eventually deferred
check "and does not try again" test "$(systemctl --user show --property=NRestarts --value "$UNIT")" = 0
mkdir "$HOME_OF_VAULT/programs"
printf '#!/bin/sh\nexit 226\n' >"$HOME_OF_VAULT/programs/systemd-run"
chmod +x "$HOME_OF_VAULT/programs/systemd-run"
check "without user namespaces a drop-in goes with it" env PATH="$HOME_OF_VAULT/programs:$PATH" node "$PROGRAM" service install --yes
check "which is found again" bash -c 'node "$0" service status --json | grep -q "\"state\":\"current\".*\"view\":\"open\""' "$PROGRAM"
check "unlock works there" unlock
check "search works there" bash -c 'node "$0" search "watch list" -a | grep -q harbour' "$PROGRAM"
check "uninstall takes it away" keepsake service uninstall --yes
check "with every file" test -z "$(find "$HOME/.config/systemd" -name '*keepsake*' 2>/dev/null)"
check "and systemd knows it no more" test -z "$(systemctl --user list-unit-files --no-legend "$UNIT")"
