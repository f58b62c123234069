#!/bin/sh
# Installs Debian's PostgreSQL and MariaDB, for the tests of databases as sources. None is started: the
# tests start servers of their own.
set -eu
if ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests of databases need the servers of PostgreSQL and MariaDB (or MySQL); please install them." >&2
    exit 1
fi
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"
$as_root apt-get update -qq
# RUNLEVEL=1 keeps the packages from starting servers for the whole machine.
$as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends \
    postgresql mariadb-server-core mariadb-client-core >/dev/null
