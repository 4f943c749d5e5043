#!/bin/sh
# As the official image: the first start makes the cluster, its password and its database.
set -eu
data=/var/lib/postgresql/18/docker
programs=/opt/postgres/bin
if [ ! -f "$data/PG_VERSION" ]; then
  mkdir -p "$data"
  printf %s "$POSTGRES_PASSWORD" >/tmp/password
  "$programs/initdb" -D "$data" --username=postgres --pwfile=/tmp/password --encoding=UTF8 --locale=C \
    --auth-host=scram-sha-256 --auth-local=trust --no-sync
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
  echo "CREATE DATABASE ${POSTGRES_DB:-postgres};" | "$programs/postgres" --single -D "$data" postgres
fi
exec "$programs/postgres" -D "$data" -c listen_addresses='*' -c unix_socket_directories=
