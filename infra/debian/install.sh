#!/usr/bin/env bash
# Installs Debian packages. Services that come with them must not take ports of the machine: none is started. Needs root
# and apt-get, and says nothing where these are missing: the caller knows what for.
set -euo pipefail
command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ] || exit 1

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "$@" >/dev/null
