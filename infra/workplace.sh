#!/usr/bin/env bash
# Sourced by the scripts that start servers and processes of their own: `open_workplace` first, `close_workplace` at the end.
# shellcheck disable=SC2034 # `work` is theirs to use
work='' # a folder of this run alone

open_workplace() { # NAME
  # Not TMPDIR: PostgreSQL refuses to run as root, and its own user must be able to come here.
  work=$(mktemp -d "/tmp/caseworker-$1-XXXXXX")
  mkdir "$work/tmp"
  chmod 711 "$work" "$work/tmp"

  if [[ -z ${HOME-} ]]; then # needed by NuGet
    HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
    export HOME
  fi
  export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
  export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false # no compiler is to stay behind
}

# Also what an interrupted run left: processes, known by the TMPDIR that only they were given, and servers, whose folders are in it.
close_workplace() { # ROOT
  local path state
  if [[ -z $work ]]; then return; fi
  for path in /proc/[0-9]*; do
    if grep -qzxF "TMPDIR=$work/tmp" "$path/environ"; then kill -KILL "${path#/proc/}" || true; fi
  done
  for state in "$work"/tmp/*/state; do
    [[ -f $state ]] || continue
    bash "$1/infra/services.sh" kill "${state%/state}" rabbitmq || true # its graceful stop takes seconds
    bash "$1/infra/services.sh" stop "${state%/state}" || true
  done
  rm -rf "$work"
} >/dev/null 2>&1
