#!/bin/sh
# Installs Debian's Chromium and a Chinese font, for the browser tests.
set -eu
if ! command -v apt-get >/dev/null 2>&1; then
    echo "The browser tests need Chromium and a Chinese font (Noto Sans CJK); please install them." >&2
    exit 1
fi
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq chromium fonts-noto-cjk fontconfig >/dev/null
