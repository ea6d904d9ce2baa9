#!/usr/bin/env bash
# Builds everything, checks the format and runs all tests, on a machine with nothing but the .NET SDK.
# The last line is always `N passed, N failed`; the exit code is 0 only when nothing failed or was skipped.
#
#   infra/test.sh [--project unit|integration|interop|faults] [--filter QUERY]     (QUERY as in xUnit.net: '/*/*/OutageTests/*')
# shellcheck disable=SC2317 # a trap calls `finish`
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly root
# shellcheck source=infra/workplace.sh
source "$root/infra/workplace.sh"
readonly longest=45m # a project that hangs ends then
projects=(unit integration interop faults) filter=() passed=0 failed=0 finished=''

usage() {
  sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

options() {
  while (($#)); do
    case $1:${2-} in
      --help:* | -h:*) usage && trap - EXIT && exit 0 ;;
      --project:unit | --project:integration | --project:interop | --project:faults) projects=("$2") ;;
      --filter:?*) filter=(-filter "$2") ;;
      *) usage >&2 && exit 2 ;;
    esac
    shift 2
  done
}

project_folder() {
  case $1 in
    unit) printf '%s\n' tests/CaseWorker.UnitTests ;;
    integration) printf '%s\n' tests/CaseWorker.IntegrationTests ;;
    interop) printf '%s\n' tests/CaseWorker.InteropTests ;;
    faults) printf '%s\n' tests/CaseWorker.FaultTests ;;
  esac
}

finish() {
  local code=$?
  trap '' INT TERM # a second Ctrl-C must not leave servers behind
  close_workplace "$root"
  if [[ -z $finished && $failed -eq 0 ]]; then failed=1; fi # ended somewhere on the way
  printf '%d passed, %d failed\n' "$passed" "$failed"
  if ((failed > 0 && code == 0)); then code=1; fi
  exit "$code"
}

# One line a step: what it is, whether it worked, how long it took. Its output is shown only when it failed.
step() { # NAME COMMAND...
  local name=$1 begin=$SECONDS
  shift
  printf '%s ... ' "$name"
  if "$@" >"$work/log" 2>&1 </dev/null; then
    printf 'ok (%d s)\n' $((SECONDS - begin))
  else
    printf 'FAILED (%d s)\n' $((SECONDS - begin))
    cat "$work/log"
    failed=$((failed + 1))
    return 1
  fi
}

counter() { # FILE NAME
  sed -n 's/.*<Counters [^>]*\b'"$2"'="\([0-9]*\)".*/\1/p' "$1"
}

# For the examples in Node.js, as their README says. What npm left from the same lock file is good.
node_packages() {
  local folder=$root/docs/examples/node
  [[ -f $folder/node_modules/.package-lock.json && ! $folder/package-lock.json -nt $folder/node_modules/.package-lock.json ]] ||
    npm ci --prefix "$folder" --no-audit --no-fund
}

# Names of the tests with this outcome. In a TRX file every result is one line's element.
names() { # FILE OUTCOME
  grep -o '<UnitTestResult [^>]*' "$1" | grep " outcome=\"$2\"" |
    sed -e 's/.* testName="\([^"]*\)".*/  \1/' -e 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&#xA;/ /g; s/&amp;/\&/g' || true
}

# Names of the tests that a runner's log marks so.
marked() { # MARK LOG
  sed -n "s/^ *\(.*\) \[$1\].*/  \1/p" "$2" | sort
}

# Of a runner's log what is not about a test that begins, ends or is good.
without_progress() {
  local line quiet=''
  while IFS= read -r line; do
    if [[ $line =~ ^[[:space:]]{4}[^[:space:]].*\ \[(STARTING|FINISHED|PASS)\] ]]; then
      quiet=1
    elif [[ $line =~ ^[[:space:]]{0,4}[^[:space:]] ]]; then
      quiet=''
    fi
    [[ -n $quiet ]] || printf '%s\n' "$line"
  done
}

# Each project is its own runner: nothing stands between us and a test process that dies or hangs. Its log names every test as it
# begins and ends; shown is the rest.
run_tests() { # PROJECT
  local trx=$work/results/$1.trx log=$work/results/$1.log folder runner begin=$SECONDS code=0 total executed good
  folder=$root/$(project_folder "$1")
  : >"$log"
  printf '%s tests ...\n' "$1"
  TMPDIR=$work/tmp timeout --signal KILL "$longest" "$folder/bin/Release/net10.0/${folder##*/}" -noLogo -noColor \
    -reporter verbose -longRunning 300 -trx "$trx" "${filter[@]}" </dev/null >"$log" 2>&1 &
  runner=$!
  tail --lines +1 --follow --pid "$runner" "$log" | without_progress &
  wait "$runner" || code=$?
  wait $!
  if [[ ! -f $trx ]]; then
    printf 'the test process ended with %d; begun and not finished:\n' "$code"
    comm -23 <(marked STARTING "$log") <(marked FINISHED "$log")
    printf '%s tests FAILED (%d s): there is no result\n' "$1" $((SECONDS - begin))
    failed=$((failed + 1))
    return
  fi
  total=$(counter "$trx" total) executed=$(counter "$trx" executed) good=$(counter "$trx" passed)
  passed=$((passed + good))
  failed=$((failed + total - good))
  if ((code != 0 && total == good)); then
    printf 'all results are good, but the run itself ended with %d\n' "$code"
    failed=$((failed + 1))
  fi
  printf '%s tests: %d passed, %d failed, %d skipped (%d s)\n' "$1" \
    "$good" $((executed - good)) $((total - executed)) $((SECONDS - begin))
  names "$trx" Failed
  if ((total == 0 && ${#filter[@]} == 0)); then
    printf 'a project without a test counts as failed\n'
    failed=$((failed + 1))
  fi
  if ((total > executed)); then
    printf 'a skipped test counts as failed:\n'
    names "$trx" NotExecuted
  fi
}

main() {
  local project
  trap finish EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  options "$@"
  open_workplace test
  mkdir "$work/results"

  if [[ ${projects[*]} != unit ]]; then
    step 'Debian packages' bash "$root/infra/services.sh" install --tests || return
    cat "$work/log" # what it installed, if anything
    step 'Node.js packages' node_packages || return
  fi
  step build dotnet build "$root/CaseWorker.sln" --configuration Release -warnaserror || return
  step format dotnet format "$root/CaseWorker.sln" --verify-no-changes --no-restore || true
  for project in "${projects[@]}"; do run_tests "$project"; done
  if ((passed + failed == 0)); then
    printf 'no test ran\n'
    return 1
  fi
  finished=1
  ((failed == 0))
}

main "$@"; exit # on one line: bash reads a script as it goes, and this file may change while we run
