#!/bin/sh
# Installs the clients of others that are pointed at the servers: Debian's python3-boto3 and awscli (about 10 MB).
# Does nothing where both are there already.
set -eu
if /usr/bin/python3 -c 'import boto3' 2>/dev/null && [ -x /usr/bin/aws ]; then
  exit 0
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-boto3 awscli
