#!/usr/bin/env bash
# Build the stand-in for python:3.x-slim from Debian's packages: TAG is its name (default below).
# Does nothing when the engine has it. Needs root, debootstrap and a Docker engine that answers.
set -euo pipefail

tag="${1:-minidata-test-python:bookworm}"

if docker image inspect "$tag" >/dev/null 2>&1; then
  echo "image $tag is there"
  exit 0
fi
# This machine's own mirror of Debian, where apt knows one: what it reaches, debootstrap reaches too.
mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' 'Created-By: Packages' |
  sort -u | head -n 1)"
root="$(mktemp -d)"
trap 'rm -rf "$root" "$root.log"' EXIT
echo "making a Debian with Python (half a minute)"
debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv bookworm "$root" ${mirror:+"$mirror"} \
  >"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; exit 1; }
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
tar -C "$root" -c . | docker import - "$tag" >/dev/null
