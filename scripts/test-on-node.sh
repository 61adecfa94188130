#!/usr/bin/env bash
# Runs the test suite on other versions of Node: scripts/test-on-node.sh 22 24
# The runtimes come from the registry's `node-linux-ARCH` packages (what its `node` package installs), into a folder of their own outside the lockfile.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=$(node -p process.arch)
for version in "$@"; do
  folder=build/node-$version
  if [ ! -x "$folder/node_modules/node-linux-$arch/bin/node" ]; then
    mkdir -p "$folder"
    npm install --prefix "$folder" --no-save --no-audit --no-fund --ignore-scripts "node-linux-$arch@$version"
  fi
  node=$PWD/$folder/node_modules/node-linux-$arch/bin/node
  echo "== $("$node" --version)"
  PATH="$(dirname "$node"):$PATH" "$node" node_modules/vitest/vitest.mjs run --project unit
done
