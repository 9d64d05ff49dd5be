#!/bin/sh
# Installs, on Debian and Ubuntu, what the product and its tests need beyond Python packages: a compiler, since
# hnswlib comes as source, and OpenCV's libGL; for tests that skip without them, a PostgreSQL server, a real RTSP
# server (GStreamer's, driven from the system's Python) with an H.264 encoder, and Chromium for the console.
#
# Does nothing when all of it is there. Run as root, or as somebody who may use sudo.
set -eu

PACKAGES="python3-venv python3-dev g++ libgl1 postgresql chromium python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly"
ATTEMPTS=3
PAUSE_S=5

installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Abbrev}' "$1" 2>/dev/null | cut -c 1-2)" = "ii" ]
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "system-packages: no apt-get here; install the equivalents of: $PACKAGES" >&2
    exit 1
fi

missing=""
for package in $PACKAGES; do
    installed "$package" || missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo "system-packages: all present"
    exit 0
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "system-packages: run as root, or install sudo; missing:$missing" >&2
        exit 1
    fi
    as_root="sudo"
fi

# $as_root and $missing are lists of words, split on purpose.
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@"
}

install_missing() {
    apt install --yes --no-install-recommends $missing
}

# The package lists already here are often good enough; they are fetched anew only when an installation fails.
attempt=1
while :; do
    if install_missing; then
        break
    fi
    if [ "$attempt" -ge "$ATTEMPTS" ]; then
        echo "system-packages: could not install:$missing" >&2
        exit 1
    fi
    [ "$attempt" -eq 1 ] || sleep "$PAUSE_S"
    attempt=$((attempt + 1))
    apt update || echo "system-packages: the package lists could not be updated; trying with what is there" >&2
done
echo "system-packages: installed$missing"
