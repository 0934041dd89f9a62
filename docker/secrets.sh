#!/bin/sh
# Make what compose.yaml reads: a password for each role of Postgres and the keys of the APIs, as files for their owner
# alone in .minidata/, which git ignores; in docker/.env what the project is called, and as whom its containers run.
# What is there is kept.
set -eu
cd "$(dirname "$0")/.."
mkdir -p object_store output
umask 077
folder=.minidata/compose
mkdir -p "$folder"

# compose would call every project by the name of the folder docker/, and they would share a database.
name="minidata-$(basename "$PWD" | tr 'A-Z' 'a-z' | tr -cd 'a-z0-9_-')-$(pwd -P | cksum | cut -d ' ' -f 1)"
# Never as root: Postgres refuses to be, and nothing else needs to.
user="$(id -u):$(id -g)"
[ "$(id -u)" != 0 ] || user=10001:10001
[ -s docker/.env ] || printf 'COMPOSE_PROJECT_NAME=%s\nMINIDATA_USER=%s\n' "$name" "$user" >docker/.env
user="$(sed -n 's/^MINIDATA_USER=//p' docker/.env)"

# printf belongs to the shell, so no value is ever an argument that others could see.
keep() {
  [ -s "$folder/$1" ] || printf %s "$2" >"$folder/$1"
}

for role in owner loader analyst reader; do
  keep "${role}_password" "$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')"
done
for role in loader analyst reader; do
  keep "${role}_url" "postgresql://minidata_$role:$(cat "$folder/${role}_password")@db:5432/minidata"
done

for name in SHOP_API_KEY; do
  eval "value=\${$name:-}"
  [ -n "$value" ] || [ ! -f .env ] || value="$(sed -n "s/^$name=//p" .env)"
  keep "$name" "$value"
  if [ ! -s "$folder/$name" ]; then
    echo "error: $name is neither in the environment nor in .env" >&2
    exit 2
  fi
done

if [ "$(id -u)" = 0 ]; then
  chown -R "$user" "$folder" object_store output
fi
echo "the containers run as $user, their secrets are in $folder"
