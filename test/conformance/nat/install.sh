#!/bin/bash
# Installs what network.sh needs (Debian: iproute2 and iptables). Does nothing where it is there already.
set -euo pipefail
command -v ip >/dev/null && command -v iptables >/dev/null && exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends iproute2 iptables
