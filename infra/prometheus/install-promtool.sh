#!/usr/bin/env bash
# Debian's prometheus package, for promtool and for the Prometheus of test/metrics.test.ts. Needs root and apt-get, and
# only if promtool is missing. The package's own service must not take port 9090 of the machine: it is not started.
set -euo pipefail
command -v promtool prometheus >/dev/null && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo 'promtool is missing: install Prometheus 2.42 or later (Debian: the package prometheus), both promtool and prometheus on the path' >&2
  exit 1
fi

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends prometheus >/dev/null
