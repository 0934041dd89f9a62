#!/bin/sh
# Make what compose.yaml reads, and keep what is there: a password for each role of Postgres, the keys of the APIs,
# and as whom the containers run. Files for their owner alone, in .minidata/, which git ignores.
set -eu
cd "$(dirname "$0")/.."
mkdir -p object_store output
umask 077
folder=.minidata/compose
mkdir -p "$folder"

# Never as root: Postgres refuses to be, and nothing else needs to.
user="$(id -u):$(id -g)"
if [ "$user" = 0:0 ]; then
  user=10001:10001
fi
[ -s docker/.env ] || echo "MINIDATA_USER=$user" >docker/.env

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
  chown -R "$(sed -n 's/^MINIDATA_USER=//p' docker/.env)" "$folder" object_store output
fi
echo "the containers run as $(sed -n 's/^MINIDATA_USER=//p' docker/.env), their secrets are in $folder"
