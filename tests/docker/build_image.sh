#!/usr/bin/env bash
# Build the stand-in for the official postgres image from Debian's packages: TAG is its name (default below).
# Does nothing when the engine has it. Needs root, debootstrap and a Docker engine that answers.
set -euo pipefail

tag="${1:-minidata-test-postgres:15}"
base="minidata-test-debian:bookworm"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

if docker image inspect "$tag" >/dev/null 2>&1; then
  echo "image $tag is there"
  exit 0
fi
if ! docker image inspect "$base" >/dev/null 2>&1; then
  # This machine's own mirror of Debian, where apt knows one: what it reaches, debootstrap reaches too.
  mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' 'Created-By: Packages' |
    sort -u | head -n 1)"
  root="$(mktemp -d)"
  trap 'rm -rf "$root"' EXIT
  echo "making a Debian with Postgres 15 (about a minute)"
  debootstrap --variant=minbase --include=postgresql-15,gosu bookworm "$root" ${mirror:+"$mirror"} >"$root.log" 2>&1 ||
    { tail -n 20 "$root.log" >&2; exit 1; }
  rm -f "$root.log"
  tar -C "$root" -c . | docker import - "$base" >/dev/null
fi
DOCKER_BUILDKIT=0 docker build --quiet --build-arg "BASE=$base" --tag "$tag" "$here/postgres"
