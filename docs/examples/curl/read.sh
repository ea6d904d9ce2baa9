#!/usr/bin/env bash
# Prints the current state of a case, or an earlier one: read.sh 1600000000000010 [version=2 | nonce=7]
#
# The worker is at CASEWORKER_URL, default http://127.0.0.1:8080; CASEWORKER_KEY is any key. Needs curl.
set -euo pipefail

curl --silent --show-error --fail-with-body --header "Authorization: Bearer ${CASEWORKER_KEY:?is not set}" \
  "${CASEWORKER_URL:-http://127.0.0.1:8080}/cases/$1${2:+?$2}"
echo
