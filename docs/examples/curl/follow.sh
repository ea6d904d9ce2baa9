#!/usr/bin/env bash
# Prints every event of the store when it is committed, one JSON object per line. After an interruption it continues
# where it stopped: follow.sh [AFTER]
#
# The worker is at CASEWORKER_URL, default http://127.0.0.1:8080; CASEWORKER_KEY is any key. Needs curl.
set -euo pipefail

after=${1-0}
while true; do
  while IFS= read -r line; do
    case $line in
      'id: '*) id=${line#id: } ;;
      'data: '*) echo "${line#data: }" && after=$id ;;
    esac
  done < <(curl --silent --show-error --no-buffer --fail --header "Authorization: Bearer ${CASEWORKER_KEY:?is not set}" \
    --header "Accept: text/event-stream" "${CASEWORKER_URL:-http://127.0.0.1:8080}/events?after=$after")
  sleep 1
done
