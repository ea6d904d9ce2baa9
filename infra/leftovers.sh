#!/usr/bin/env bash
# Sourced by the scripts that start servers and workers of their own in a folder.

# What an interrupted run left: its processes, known by the TMPDIR only they were given, and their
# servers, whose folders are in it.
stop_leftovers() { # ROOT TMPDIR
  local path state
  for path in /proc/[0-9]*; do
    if grep -qzxF "TMPDIR=$2" "$path/environ"; then kill -KILL "${path#/proc/}" || true; fi
  done
  for state in "$2"/*/state; do
    [[ -f $state ]] || continue
    bash "$1/infra/services.sh" kill "${state%/state}" rabbitmq || true # its graceful stop takes seconds
    bash "$1/infra/services.sh" stop "${state%/state}" || true
  done
} >/dev/null 2>&1
