#!/bin/sh
# Installs AWS's runtime client for Lambda beside this script. Its native part is built here, which needs a C++ compiler,
# cmake, make and xz; where they are missing and apt-get is there, they are installed.
set -eu
cd "$(dirname "$0")"

missing=''
for tool in cmake make g++ xz; do
  command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
if [ -n "$missing" ]; then
  command -v apt-get >/dev/null 2>&1 || { echo "missing:$missing" >&2; exit 1; }
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends cmake make g++ xz-utils
fi

installed=node_modules/aws-lambda-ric/rapid-client.node
if [ ! -f "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  npm ci
fi
