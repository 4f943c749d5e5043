#!/bin/sh
# As the official image: KAFKA_LOG_DIRS=… becomes log.dirs=…, and the folder is formatted once.
set -eu
properties=/tmp/server.properties
: "${KAFKA_LOG_DIRS:=/tmp/kraft-combined-logs}"
export KAFKA_LOG_DIRS
env | sed -n 's/^KAFKA_//p' | while IFS='=' read -r name value; do
  printf '%s=%s\n' "$(printf %s "$name" | tr 'A-Z_' 'a-z.')" "$value"
done >"$properties"
set -- java -Xmx512m -cp '/opt/kafka/libs/*'
[ -f "$KAFKA_LOG_DIRS/meta.properties" ] ||
  "$@" kafka.tools.StorageTool format --cluster-id 5L6g3nShT-eMCtK--X86sw --config "$properties"
exec "$@" kafka.Kafka "$properties"
