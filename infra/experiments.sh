#!/usr/bin/env bash
# Harms running workers and their servers under load and checks that every promise was kept; see docs/guarantees.md.
# Prints a line for each experiment. Exit code: 0 every promise was kept, 1 one was not, 2 it could not run.
#
#   infra/experiments.sh [NAME...] [--rounds N] [--seed S] [--commands N] [--faults N]     (--help names the experiments)
# shellcheck disable=SC2317 # a trap calls `finish`
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly root
readonly project=tests/support/CaseWorker.Histories
# shellcheck source=infra/workplace.sh
source "$root/infra/workplace.sh"

finish() {
  local code=$?
  trap '' INT TERM # a second Ctrl-C must not leave servers behind
  close_workplace "$root"
  exit "$code"
}

# Its output is shown only when it failed.
quietly() { # COMMAND...
  "$@" >"$work/log" 2>&1 </dev/null || { cat "$work/log" >&2 && exit 2; }
}

main() {
  trap finish EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  open_workplace experiments
  quietly bash "$root/infra/services.sh" install
  quietly dotnet build "$root/$project" --configuration Release
  TMPDIR=$work/tmp dotnet "$root/$project/bin/Release/net10.0/CaseWorker.Histories.dll" "$@"
}

main "$@"; exit # on one line: bash reads a script as it goes, and this file may change while we run
