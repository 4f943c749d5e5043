#!/usr/bin/env bash
# Debian's prometheus package, for promtool and for the Prometheus of test/metrics.test.ts, only if promtool is missing.
set -euo pipefail
command -v promtool prometheus >/dev/null && exit 0
"$(dirname "$0")/../debian/install.sh" prometheus && exit 0
echo 'promtool is missing: install Prometheus 2.42 or later (Debian: the package prometheus), both promtool and prometheus on the path' >&2
exit 1
