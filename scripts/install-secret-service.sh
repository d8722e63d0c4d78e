#!/usr/bin/env bash
# Installs what the tests of the keychain need on Debian and Ubuntu: a Secret Service, a session bus and libsecret.
# Run as root. The tests skip, and say so, without it.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends gnome-keyring dbus libsecret-1-0
