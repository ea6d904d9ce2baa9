#!/usr/bin/env bash
# Runs the sample samples/PermitOffice, with servers of its own that are gone afterwards. All arguments go to the demo.
# On a terminal the servers stay until Enter is pressed (--keep, --no-keep).
# ConnectionStrings__CaseWorker and RabbitMq__Uri, both set, name other servers; then none are started.
# CASEWORKER_DEMO_BUILT=Release takes the build of that configuration as it is.
# shellcheck disable=SC2317 # traps call functions
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly root
readonly services=$root/infra/services.sh
# shellcheck source=infra/workplace.sh
source "$root/infra/workplace.sh"
compose=() child='' dots=''

say() { printf '%s\n' "$*" >&2; } # standard output is the demo's

finish() {
  local code=$?
  trap '' INT TERM # a second Ctrl-C must not leave servers behind
  stop_dots
  if ((${#compose[@]})); then "${compose[@]}" down --volumes >/dev/null 2>&1 || true; fi
  close_workplace "$root"
  exit "$code"
}

docker_runs() {
  command -v docker >/dev/null && docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1
}

start_containers() {
  local postgres rabbitmq
  say 'starting PostgreSQL and RabbitMQ in containers'
  # A project of its own on ports the engine picks: another one's containers and data stay untouched.
  export CASEWORKER_POSTGRES_PORT=0 CASEWORKER_RABBITMQ_PORT=0 CASEWORKER_RABBITMQ_MANAGEMENT_PORT=0
  export CASEWORKER_OWNER_PASSWORD=demo CASEWORKER_APP_PASSWORD=demo CASEWORKER_RABBITMQ_PASSWORD=demo
  compose=(docker compose --project-name "caseworker-demo-$$" --file "$root/docker-compose.yml")
  if ! "${compose[@]}" up --detach --wait postgres rabbitmq >"$work/log" 2>&1; then # no images to be had, perhaps
    tail -n 5 "$work/log" >&2
    say 'the containers did not start: doing without'
    return 1
  fi
  postgres=$("${compose[@]}" port postgres 5432)
  rabbitmq=$("${compose[@]}" port rabbitmq 5672)
  export ConnectionStrings__CaseWorker="Host=127.0.0.1;Port=${postgres##*:};Database=caseworker;Username=caseworker;Password=demo"
  export ConnectionStrings__CaseWorkerOwner="${ConnectionStrings__CaseWorker/Username=caseworker/Username=caseworker_owner}"
  export RabbitMq__Uri="amqp://caseworker:demo@127.0.0.1:${rabbitmq##*:}/"
}

start_processes() {
  bash "$services" install >&2
  say 'starting a private PostgreSQL and a private RabbitMQ'
  bash "$services" start "$work/tmp/servers" >/dev/null
  # shellcheck source=/dev/null
  source "$work/tmp/servers/env"
}

# A sign of life.
start_dots() {
  (
    trap - INT TERM
    while sleep 2; do printf . >&2; done
  ) &
  dots=$!
}

stop_dots() {
  if [[ -z $dots ]]; then return; fi
  kill "$dots" 2>/dev/null || true
  wait "$dots" 2>/dev/null || true
  dots=''
  echo >&2
}

build() {
  if [[ -n ${CASEWORKER_DEMO_BUILT-} ]]; then return; fi
  say 'building; the first time takes minutes'
  start_dots
  local project
  for project in src/CaseWorker.Host samples/PermitOffice; do
    dotnet build "$root/$project" --configuration Release --nologo >"$work/log" 2>&1 </dev/null || {
      stop_dots
      cat "$work/log" >&2
      exit 1
    }
  done
  stop_dots
}

# A command `caseworker` for these servers, so that what the demo prints can be typed in another terminal.
make_command() { # PROGRAM
  local name
  mkdir "$work/bin"
  {
    echo '#!/usr/bin/env bash'
    for name in "${!ConnectionStrings__@}" "${!RabbitMq__@}" "${!CaseWorker__@}"; do
      printf 'export %s=%q\n' "$name" "${!name}"
    done
    printf 'exec %q exec %q "$@"\n' "$(command -v dotnet)" "$1"
  } >"$work/bin/caseworker"
  chmod 700 "$work/bin" "$work/bin/caseworker" # it has passwords
  export CASEWORKER_DEMO_BIN=$work/bin
}

program_of() { # PROJECT
  dotnet msbuild "$root/$1" -getProperty:TargetPath -property:Configuration="${CASEWORKER_DEMO_BUILT:-Release}"
}

# In the background, so that a signal sent to this script alone reaches the program at once. Ctrl-C reaches
# both by itself: it is ignored in background jobs, which `trap - INT` undoes.
run_program() { # PROGRAM ARGUMENTS...
  local code=0
  (
    trap - INT
    exec dotnet exec "$@"
  ) <&0 &
  child=$!
  while :; do
    wait "$child" && code=0 || code=$?
    kill -0 "$child" 2>/dev/null || break # else a signal ended the wait, not the program
  done
  child=''
  return "$code"
}

terminate() {
  if [[ -n $child ]]; then kill -TERM "$child" 2>/dev/null || true; else exit 143; fi
}

interrupt() {
  [[ -n $child ]] || exit 130
}

main() {
  local caseworker
  trap finish EXIT
  trap interrupt INT
  trap terminate TERM
  command -v dotnet >/dev/null || { say 'the .NET SDK is needed: there is no dotnet' && exit 1; }
  open_workplace demo

  if [[ -n ${ConnectionStrings__CaseWorker-} && -n ${RabbitMq__Uri-} ]]; then
    say 'using the servers named in the environment'
  elif ! docker_runs || ! start_containers; then
    start_processes
  fi
  build
  caseworker=$(program_of src/CaseWorker.Host)
  make_command "$caseworker"
  run_program "$caseworker" db apply >"$work/log" 2>&1 </dev/null || {
    cat "$work/log" >&2
    exit 1
  }
  run_program "$(program_of samples/PermitOffice)" "$@"
}

main "$@"; exit # on one line: bash reads a script as it goes, and this file may change while we run
