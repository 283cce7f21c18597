#!/usr/bin/env bash
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Makes the base image of the container tests: a Debian with the same Python, MLflow and scikit-learn as the given Python
# has. No image registry is needed, only the package mirrors that this machine uses anyway.
#
#   prepare.sh PYTHON            prints the image's name; what is there already is used again
#   prepare.sh --engine DIR      starts a Docker engine with its data in DIR if none answers, prints its process id
#
# Needs root, docker and debootstrap (apt-get install docker.io docker-compose debootstrap).
set -euo pipefail

say() { echo "$*" >&2; }

start_engine() {
  local directory=$1
  mkdir -p "$directory"
  if docker info >/dev/null 2>&1; then
    say "A Docker engine answers already"
    return
  fi
  nohup dockerd --storage-driver=overlay2 --data-root "$directory/data" --exec-root "$directory/run" \
    --pidfile "$directory/dockerd.pid" >"$directory/dockerd.log" 2>&1 &
  for _ in $(seq 240); do
    if docker info >/dev/null 2>&1; then
      cat "$directory/dockerd.pid"
      # Images built by previous runs that no longer have a name.
      docker image prune --force >/dev/null
      return
    fi
    sleep 0.5
  done
  tail -n 20 "$directory/dockerd.log" >&2
  say "The Docker engine did not start"
  return 1
}

# What this machine needs to reach its mirrors from inside: names, certificates, pip's settings.
copy_network_settings() {
  local root=$1
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  cp -L /etc/hosts "$root/etc/hosts"
  [ -f /etc/pip.conf ] && cp -L /etc/pip.conf "$root/etc/pip.conf"
  local bundle=${PIP_CERT:-${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}
  if [ -f "$bundle" ]; then
    mkdir -p "$root/etc/ssl/certs"
    cp -L "$bundle" "$root/etc/ssl/certs/ca-certificates.crt"
  fi
}

# What serving a model of the tests takes, in the versions of the given Python. A model names the pip and setuptools it
# was logged with: each image would install them again.
packages() {
  "$1" -m pip freeze --all --exclude-editable 2>/dev/null |
    grep -iE '^(pip|setuptools|mlflow|scikit-learn|pandas|uvicorn|fastapi|cloudpickle|psutil|scipy|numpy)=='
}

# The Debian with that Python: a model pickled by one version of Python does not load in another.
debian_with() {
  local version
  version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  case $version in
    3.11) echo bookworm ;;
    3.13) echo trixie ;;
    *)
      say "No Debian has Python $version: containers are tested with Python 3.11 and 3.13"
      return 1
      ;;
  esac
}

build() {
  local python=$1 image=$2 debian
  debian=$(debian_with "$python") || return
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  "$python" -m pip freeze --exclude-editable 2>/dev/null | grep -E '^[A-Za-z0-9._-]+==' >"$work/constraints.txt"
  packages "$python" >"$work/packages.txt"
  say "Making $image: Debian $debian with $(tr '\n' ' ' <"$work/packages.txt")"
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates "$debian" "$work/root" >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" >&2; return 1; }
  copy_network_settings "$work/root"
  cp "$work/constraints.txt" "$work/packages.txt" "$work/root/tmp/"
  # "gunicorn[gevent]" is what MLflow's Dockerfile adds to a model's requirements, wheel is named by each model.
  chroot "$work/root" /bin/bash -euc '
    unset PIP_FIND_LINKS
    export PATH=/opt/python/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
    python3 -m venv /opt/python
    pip install --quiet --no-cache-dir --constraint /tmp/constraints.txt --requirement /tmp/packages.txt "gunicorn[gevent]" wheel
    rm -rf /var/cache/apt/archives/* /var/lib/apt/lists/* /usr/share/doc /usr/share/locale /tmp/*
  ' >&2
  docker image ls --quiet dolphinml-test-base | xargs --no-run-if-empty docker image rm --force >/dev/null 2>&1 || true
  tar -C "$work/root" -c . |
    docker import --change 'ENV PATH=/opt/python/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
      --change 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' - "$image" >/dev/null
}

if [ "${1:-}" = "--engine" ]; then
  start_engine "$2"
  exit
fi
python=$1
image=dolphinml-test-base:$({ packages "$python"; cat "$0"; } | sha256sum | cut -c1-12)
docker image inspect "$image" >/dev/null 2>&1 || build "$python" "$image"
echo "$image"
