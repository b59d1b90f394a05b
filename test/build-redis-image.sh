#!/usr/bin/env bash
# Builds an image out of this machine's redis-server and the libraries it needs, without any registry.
# Usage: build-redis-image.sh [IMAGE]. Prints the image's name, for LIFEBOAT_REDIS_IMAGE.
set -euo pipefail

server=${LIFEBOAT_REDIS_SERVER:-$(command -v redis-server)}
version=$("$server" --version | sed -n 's/.*v=\([0-9.]*\).*/\1/p')
image=${1:-lifeboat/redis-local:$version}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root/usr/bin" "$root/data" "$root/tmp"
cp -L "$server" "$root/usr/bin/redis-server"
# Each library goes where the loader of this machine found it; the loader itself is a line without an arrow.
ldd "$server" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

tar -C "$root" --owner=0 --group=0 --numeric-owner -c . | docker import \
  --change "ENV PATH=/usr/bin" \
  --change "WORKDIR /data" \
  --change "EXPOSE 6379" \
  --change 'CMD ["redis-server"]' \
  --message "redis-server $version of $(uname -n)" - "$image" >/dev/null
echo "$image"
