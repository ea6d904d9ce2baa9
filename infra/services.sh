#!/usr/bin/env bash
# Private PostgreSQL and RabbitMQ servers in a folder, on free loopback ports. `services.sh help` says how.
# Needs Debian's packages (the verb `install` gets them), bash and nothing else.
# shellcheck disable=SC2317 # the functions of a server are called by its name
set -euo pipefail
umask 077
export LC_ALL=C
# A closed standard stream would be taken by the next file that is opened.
[[ -e /proc/self/fd/0 ]] || exec </dev/null
[[ -e /proc/self/fd/1 ]] || exec >/dev/null
[[ -e /proc/self/fd/2 ]] || exec 2>/dev/null

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
readonly here
# The folder and what its file `state` says about it.
dir='' postgres_port='' amqp_port='' management_port='' distribution_port='' epmd_port='' node='' password=''
with_tests=''
readonly system_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
readonly rabbitmq_server=/usr/lib/rabbitmq/bin/rabbitmq-server
readonly ready_seconds=90 # to be ready; a two-core machine needs about five
readonly stop_seconds=30  # to shut down before the server is killed

usage() {
  cat <<'HELP'
usage: services.sh install [--tests]
       services.sh start DIR [--postgres-only|--rabbitmq-only]
       services.sh stop DIR
       services.sh down|up|kill DIR postgres|rabbitmq
       services.sh status|env DIR

install  installs Debian's postgresql and rabbitmq-server where missing, without starting them;
         with --tests also what the tests of docs/ need: Python with pika and jsonschema, Node.js, curl, jq;
         and Chromium, for those of the page for operators
start    starts both servers in the folder DIR (created if missing), waits until they accept
         connections, and writes DIR/env, to be sourced by a shell
stop     shuts both down; the data stay in DIR
down     shuts one down; `up` starts it again: same ports, same data
kill     ends one at once with SIGKILL, as a crash would; `up` starts it again
status   one line a server; exit code 0 when all run, 3 otherwise
env      prints DIR/env
HELP
}

say() { printf '%s\n' "$*"; }
note() { printf 'services: %s\n' "$*" >&2; }
die() {
  note "$*"
  exit 1
}

is_root() { [[ $(id -u) -eq 0 ]]; }

# --- packages ---------------------------------------------------------------------------------------

postgres_bin() { # folder of the newest PostgreSQL
  local candidate
  for candidate in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
    if [[ -x $candidate/postgres && -x $candidate/psql ]]; then
      say "$candidate"
      return
    fi
  done
  return 1
}

missing_packages() {
  postgres_bin >/dev/null || say postgresql
  [[ -x $rabbitmq_server ]] || say rabbitmq-server
  [[ -z $with_tests ]] || missing_test_packages
}

# By what is there, not by the packages' names: Node.js often comes from elsewhere. Debian's own Python, though:
# another one that comes first in the PATH does not see Debian's packages.
missing_test_packages() {
  /usr/bin/python3 -c 'import pika' 2>/dev/null || say python3-pika
  /usr/bin/python3 -c 'import jsonschema' 2>/dev/null || say python3-jsonschema
  command -v node >/dev/null || say nodejs
  command -v npm >/dev/null || say npm
  command -v curl >/dev/null || say curl
  command -v jq >/dev/null || say jq
  [[ -x /usr/bin/chromium ]] || say chromium
  [[ -x /usr/sbin/pgbouncer ]] || say pgbouncer
}

as_root() {
  if is_root; then
    "$@"
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo -n "$@" # nobody is there to type a password
  fi
}

# Debian starts a service as it is installed. Packages do so through two programs; apt is given a PATH
# on which both do nothing. So no file of the system changes, and an interrupted install leaves none.
apt_get() { # STUBS ARGUMENT...
  local stubs=$1
  shift
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -y \
    -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 \
    -o "DPkg::Path=$stubs:$system_path" "$@"
}

install() { # [--tests]
  local missing stubs log
  case ${1-} in
    '') ;;
    --tests) with_tests=1 ;;
    *) usage >&2 && exit 2 ;;
  esac
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || die "missing: ${missing[*]}; there is no apt-get here, please install by hand"
  is_root || command -v sudo >/dev/null || die "missing: ${missing[*]}; run \`services.sh install\` as root"

  stubs=$(mktemp -d)
  log=$(mktemp)
  chmod 755 "$stubs"
  # shellcheck disable=SC2064 # the names of now
  trap "rm -rf '$stubs'" EXIT
  printf '#!/bin/sh\nexit 0\n' >"$stubs/invoke-rc.d"
  cp "$stubs/invoke-rc.d" "$stubs/deb-systemd-invoke"
  chmod 755 "$stubs"/*
  "$stubs/invoke-rc.d" || die "programs in $stubs cannot run; set TMPDIR to another folder"

  say "installing Debian packages: ${missing[*]} (log: $log)"
  # A mirror that cannot be refreshed may still serve the packages: only the install decides.
  if ! { apt_get "$stubs" update || true; apt_get "$stubs" install --no-install-recommends "${missing[@]}"; } \
    </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "installing ${missing[*]} failed, see above; whole log: $log"
  fi
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]} == 0)) || die "still missing after the install: ${missing[*]}; log: $log"
  rm -f "$log"
}

# --- processes --------------------------------------------------------------------------------------

# Not kill -0: that also finds the dead child nobody has waited for, whose command line is empty.
command_line() { # PID
  { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null || true
}

# By its state: what becomes a server through some steps has no command line in the middle of each exec, on a
# busy machine for longer than two looks.
is_alive() { # PID
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  [[ ${stat##*) } != [ZX]* ]]
}

marker() { # SERVER: a text that only this folder's server has in its command line
  case $1 in
    postgres) say "/postgres -D $dir/postgres/data " ;;
    rabbitmq) say " -caseworker_node $node " ;;
  esac
}

running_pid() { # SERVER: prints its process id, or fails
  local pid line
  { read -r pid <"$(pid_file "$1")"; } 2>/dev/null || return 1
  line=$(command_line "$pid")
  [[ $line == *"$(marker "$1")"* ]] || return 1
  say "$pid"
}

pid_file() {
  case $1 in
    postgres) say "$dir/postgres/pid" ;;
    *) say "$dir/rabbitmq/$1.pid" ;;
  esac
}

# Starts a server in its own session, as its own user, with nothing inherited: no terminal, no open
# file (a caller that reads our output must see its end), no PG*, RABBITMQ_* or ERL_* variable.
launch() { # SERVER USER FOLDER LOG COMMAND...
  local server=$1 user=$2 folder=$3 log=$4
  local -a identity=()
  shift 4
  is_root && identity=(setpriv "--reuid=$user" "--regid=$user" --init-groups --)
  (
    cd "$folder"
    ulimit -S -n 65536 2>/dev/null || true # a limit of 1024 is too few connections for a broker
    for fd in /proc/"$BASHPID"/fd/*; do
      fd=${fd##*/}
      ((fd <= 2)) || eval "exec $fd>&-"
    done
    exec setsid "${identity[@]}" env -i PATH="$system_path" LANG=C.UTF-8 "$@"
  ) </dev/null >>"$log" 2>&1 &
  say $! >"$(pid_file "$server")"
}

# All processes of a server, orphans included: they bear one of its names and work in its folder, or have it
# as their home (a name server that the broker has started works in the root folder).
server_processes() { # SERVER
  local server=$1 folder names path pid name
  case $server in
    postgres) folder=$dir/postgres/data names=' postgres ' ;;
    rabbitmq) folder=$dir/rabbitmq names=' beam.smp erl_child_setup inet_gethost epmd ' ;;
  esac
  for path in /proc/[0-9]*; do
    pid=${path#/proc/}
    { read -r name <"$path/comm"; } 2>/dev/null || continue
    [[ $names == *" $name "* && -n $(command_line "$pid") ]] || continue
    if [[ $(readlink "$path/cwd" 2>/dev/null) == "$folder" ]] || grep -qszxF "HOME=$folder" "$path/environ"; then
      say "$pid"
    fi
  done
}

wait_gone() { # SERVER SECONDS
  local deadline=$((SECONDS + $2))
  while [[ -n $(server_processes "$1") ]]; do
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}

kill_server() { # SERVER
  local pid pids
  # Stopped first: a parent that still runs could fork one more child while we collect them.
  if pid=$(running_pid "$1"); then kill -STOP "$pid" 2>/dev/null || true; fi
  mapfile -t pids < <(server_processes "$1")
  [[ $1 != postgres ]] || remember_shared_memory "${pids[@]}"
  ((${#pids[@]} == 0)) || kill -KILL "${pids[@]}" 2>/dev/null || true
  wait_gone "$1" "$stop_seconds" || die "$1 does not die"
}

stop_server() { # SERVER
  local pid signal=TERM
  [[ $1 != postgres ]] || signal=INT # "fast": ends sessions, writes a checkpoint
  if pid=$(running_pid "$1"); then
    kill -"$signal" "$pid" 2>/dev/null || true
    [[ $1 != rabbitmq ]] || stop_name_server "$pid"
    if ! wait_gone "$1" "$stop_seconds"; then
      note "$1 did not shut down within $stop_seconds s, killing it"
      kill_server "$1"
    fi
  else
    kill_server "$1" # what a crash left over
  fi
  [[ $1 != postgres ]] || release_shared_memory
  rm -f "$(pid_file "$1")"
}

wait_ready() { # SERVER LOG...
  local server=$1 deadline=$((SECONDS + ready_seconds)) pid why
  shift
  read -r pid <"$(pid_file "$server")"
  until "${server}_ready"; do
    if ! is_alive "$pid"; then
      why='ended while starting'
    elif ((SECONDS >= deadline)); then
      why="was not ready after $ready_seconds s"
    else
      sleep 0.05
      continue
    fi
    tail -n 20 -- "$@" >&2 2>/dev/null || true
    die "$server $why; its log is above and in $dir/$server"
  done
}

# --- the folder -------------------------------------------------------------------------------------

# Ports outside the range from which the kernel serves outgoing connections. Inside it, a client that
# keeps reconnecting to a server that is down can be given that very port, and the server cannot return.
free_ports() { # COUNT
  local low port ports=()
  { read -r low _ </proc/sys/net/ipv4/ip_local_port_range; } 2>/dev/null || low=32768
  ((low > 15000)) || low=32768
  while ((${#ports[@]} < $1)); do
    port=$((10000 + (RANDOM * 32768 + RANDOM) % (low - 10000)))
    [[ " ${ports[*]-} " != *" $port "* ]] && port_is_free "$port" && ports+=("$port")
  done
  say "${ports[*]}"
}

port_is_free() {
  if command -v perl >/dev/null; then
    perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0) && bind(S, sockaddr_in($ARGV[0], INADDR_ANY)) or exit 1' "$1"
  else
    if connects "$1"; then return 1; fi
  fi
}

connects() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; } # PORT

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

open_folder() { # DIR: reads what `start` wrote there
  [[ -f $1/state ]] || die "there are no servers in $1 (\`services.sh start $1\` makes them)"
  dir=$(cd "$1" && pwd -P)
  # shellcheck source=/dev/null
  source "$dir/state"
}

create_folder() { # DIR
  local ports
  mkdir -p -- "$1"
  [[ ! -f $1/state ]] || return 0
  [[ $(cd "$1" && pwd -P) != *[[:space:]\'\"\\]* ]] || die "the folder's name may not contain spaces or quotes: $1"
  read -ra ports <<<"$(free_ports 5)"
  cat >"$1/state.new" <<STATE
postgres_port=${ports[0]}
amqp_port=${ports[1]}
management_port=${ports[2]}
distribution_port=${ports[3]}
epmd_port=${ports[4]}
node=caseworker-$(random_hex 6)@localhost
password=$(random_hex 16)
STATE
  mv "$1/state.new" "$1/state" # complete or not there
}

own_folder() { # USER FOLDER: makes a folder for a server's user, who must be able to reach it
  mkdir -p "$2"
  is_root || return 0
  id -u "$1" >/dev/null 2>&1 || die "there is no user $1; \`services.sh install\` makes one"
  chmod o+x "$dir"
  chown "$1:" "$2"
  setpriv "--reuid=$1" "--regid=$1" --init-groups -- test -w "$2" ||
    die "user $1 cannot enter $dir: a folder above is closed to others. Use another, for example in /tmp"
}

write_env() {
  local login="Host=127.0.0.1;Port=$postgres_port;Database=caseworker;Password=$password"
  {
    if [[ -d $dir/postgres ]]; then
      say "export ConnectionStrings__CaseWorker='$login;Username=caseworker'"
      say "export ConnectionStrings__CaseWorkerOwner='$login;Username=caseworker_owner'"
      say "export ConnectionStrings__CaseWorkerOperator='$login;Username=caseworker_ops'"
      say "export CASEWORKER_POSTGRES_ADMIN='${login/=caseworker;/=postgres;};Username=postgres'"
    fi
    if [[ -d $dir/rabbitmq ]]; then
      say "export RabbitMq__Uri='amqp://guest:guest@127.0.0.1:$amqp_port/'"
      say "export CASEWORKER_RABBITMQ_MANAGEMENT='http://guest:guest@127.0.0.1:$management_port'"
    fi
  } >"$dir/env.new"
  mv "$dir/env.new" "$dir/env"
}

# --- PostgreSQL -------------------------------------------------------------------------------------

postgres_client() { # PROGRAM ARGUMENT...
  local program=$1
  shift
  env -i PATH="$system_path" HOME=/nonexistent PGPASSWORD="$password" PGCONNECT_TIMEOUT=5 \
    CASEWORKER_OWNER_PASSWORD="$password" CASEWORKER_APP_PASSWORD="$password" \
    CASEWORKER_OPERATOR_PASSWORD="$password" PGOPTIONS='-c client_min_messages=warning' \
    "$(postgres_bin)/$program" -h 127.0.0.1 -p "$postgres_port" -U postgres -d postgres "$@"
}

# The login with this folder's password also proves that it is our server that answers.
postgres_ready() {
  postgres_client pg_isready -q && postgres_client psql -XAtqc 'SELECT 1' >/dev/null 2>&1
}

create_cluster() {
  local -a identity=()
  local data=$dir/postgres/data
  is_root && identity=(setpriv --reuid=postgres --regid=postgres --init-groups --)
  rm -rf "$data" # an interrupted one
  say "$password" >"$dir/postgres/password"
  ! is_root || chown postgres: "$dir/postgres/password"
  # Unsynced: until it is complete, this folder holds nothing that could be lost. In a session of its own:
  # interrupted from the keyboard it would leave shared memory behind.
  if ! (
    cd "$dir/postgres"
    setsid --wait "${identity[@]}" env -i PATH="$system_path" "$(postgres_bin)/initdb" -D "$data" -U postgres -A scram-sha-256 \
      --pwfile="$dir/postgres/password" --encoding=UTF8 --locale=C.UTF-8 --no-sync
  ) </dev/null >>"$dir/postgres/log" 2>&1; then
    tail -n 20 "$dir/postgres/log" >&2
    die 'initdb failed, see above'
  fi
  rm -f "$dir/postgres/password"
  cat >>"$data/postgresql.conf" <<CONF

# CaseWorker
listen_addresses = '127.0.0.1'
port = $postgres_port
unix_socket_directories = ''        # a socket's path may have 107 characters only
max_connections = 200
max_locks_per_transaction = 256     # a batch locks many cases
shared_buffers = 256MB
max_wal_size = 2GB
fsync = on
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
CONF
  : >"$dir/postgres/created"
}

postgres_up() {
  own_folder postgres "$dir/postgres"
  running_pid postgres >/dev/null && return
  [[ -f $dir/postgres/created ]] || create_cluster
  kill_server postgres # children that outlived a killed parent hold the shared memory
  forget_dead_server
  launch postgres postgres "$dir/postgres/data" "$dir/postgres/log" "$(postgres_bin)/postgres" -D "$dir/postgres/data"
  wait_ready postgres "$dir/postgres/log"
  if [[ ! -f $dir/postgres/roles ]]; then
    postgres_client psql -Xq -f "$here/postgres/roles.sql" >>"$dir/postgres/log" 2>&1 || {
      tail -n 20 "$dir/postgres/log" >&2
      die 'roles.sql failed, see above'
    }
    : >"$dir/postgres/roles"
  fi
}

# PostgreSQL sees by itself that the process in its lock file is dead, except where the number is taken:
# by another program, or by the dead process as long as its new parent, process 1, has not noticed.
# `kill_server` has made sure that no process works in this folder.
forget_dead_server() {
  local lock=$dir/postgres/data/postmaster.pid pid
  { read -r pid <"$lock"; } 2>/dev/null || return 0
  [[ ! -e /proc/$pid ]] || rm -f "$lock"
}

# A killed server leaves shared memory behind, as in a crash. Its next start clears it; where there is
# none, `stop` does, and needs to know the names, which are to be had only while the server runs.
remember_shared_memory() { # PID...
  local maps=("${@/#//proc/}")
  (($#)) || return 0
  maps=("${maps[@]/%//maps}")
  grep -hso '/dev/shm/PostgreSQL\.[0-9]*' "${maps[@]}" | sort -u >"$dir/postgres/shared-memory" || true
}

release_shared_memory() {
  local names key id this_key this_id attached
  if [[ -f $dir/postgres/shared-memory && -f $dir/postgres/data/postmaster.pid ]]; then
    mapfile -t names <"$dir/postgres/shared-memory"
    rm -f -- "${names[@]}"
    read -r key id < <(sed -n 7p "$dir/postgres/data/postmaster.pid")
    # By key and number: the number alone may by now be another server's.
    while read -r this_key this_id _ _ _ _ attached _; do
      [[ $this_key:$this_id:$attached != "$key:$id:0" ]] || ipcrm -m "$id" || true
    done </proc/sysvipc/shm
  fi
  rm -f "$dir/postgres/shared-memory"
}

# --- RabbitMQ ---------------------------------------------------------------------------------------

# An answer to an authenticated question about the listener, and one to the protocol header.
rabbitmq_ready() {
  local byte='' status=''
  {
    exec 3<>"/dev/tcp/127.0.0.1/$management_port" &&
      printf 'GET /api/health/checks/port-listener/%s HTTP/1.0\r\nAuthorization: Basic %s\r\n\r\n' \
        "$amqp_port" Z3Vlc3Q6Z3Vlc3Q= >&3 && # guest:guest
      read -r -t 5 status <&3
    exec 3>&-
  } 2>/dev/null || return 1
  [[ $status == *' 200 '* ]] || return 1
  {
    exec 3<>"/dev/tcp/127.0.0.1/$amqp_port" &&
      printf 'AMQP\0\0\x09\x01' >&3 &&
      read -r -t 5 -N 1 byte <&3
    exec 3>&-
  } 2>/dev/null || return 1
  [[ $byte == $'\x01' ]]
}

write_rabbitmq_configuration() {
  local folder=$dir/rabbitmq
  say '[rabbitmq_management].' >"$folder/enabled_plugins"
  : >"$folder/rabbitmq-env.conf" # else the system's is read
  cat >"$folder/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$amqp_port
management.tcp.ip = 127.0.0.1
management.tcp.port = $management_port
vm_memory_high_watermark.absolute = 2GB
disk_free_limit.absolute = 100MB
# The quorum queues' log is kept in memory several times over; the default of 512 MB is for big servers.
raft.wal_max_size_bytes = 134217728
log.file.level = warning
log.console = false
CONF
  chmod -R go+rX "$folder/enabled_plugins" "$folder"/*.conf
}

# Erlang's name server. Ours alone, on a port of its own: one left over by somebody else, or one that
# another session ends, must not matter. It must listen before the broker starts, which otherwise starts
# one that outlives it.
start_name_server() {
  launch epmd rabbitmq "$dir/rabbitmq" "$dir/rabbitmq/epmd.log" \
    HOME="$dir/rabbitmq" epmd -address 127.0.0.1 -port "$epmd_port"
  wait_ready epmd "$dir/rabbitmq/epmd.log"
}

epmd_ready() { connects "$epmd_port"; }

# It goes last. It need not be the one that we started: the broker replaces one that has died.
stop_name_server() { # BROKER'S PID
  local deadline=$((SECONDS + stop_seconds)) pids
  while [[ -n $(command_line "$1") ]]; do
    ((SECONDS < deadline)) || return 0
    sleep 0.05
  done
  mapfile -t pids < <(server_processes rabbitmq)
  ((${#pids[@]} == 0)) || kill -TERM "${pids[@]}" 2>/dev/null || true
}

rabbitmq_up() {
  local folder=$dir/rabbitmq
  own_folder rabbitmq "$folder"
  running_pid rabbitmq >/dev/null && return
  kill_server rabbitmq
  write_rabbitmq_configuration
  start_name_server
  # `detached` makes the start script become the broker instead of watching over it.
  launch rabbitmq rabbitmq "$folder" "$folder/console.log" \
    HOME="$folder" detached=true ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd_port" \
    RABBITMQ_NODENAME="$node" RABBITMQ_DIST_PORT="$distribution_port" \
    RABBITMQ_CONF_ENV_FILE="$folder/rabbitmq-env.conf" RABBITMQ_CONFIG_FILE="$folder/rabbitmq.conf" \
    RABBITMQ_CONFIG_FILES="$folder/conf.d" RABBITMQ_ADVANCED_CONFIG_FILE="$folder/advanced.config" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$folder/enabled_plugins" RABBITMQ_MNESIA_BASE="$folder/mnesia" \
    RABBITMQ_GENERATED_CONFIG_DIR="$folder/generated" RABBITMQ_LOG_BASE="$folder/log" \
    RABBITMQ_PID_FILE="$folder/broker.pid" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1} -caseworker_node $node -caseworker" \
    "$rabbitmq_server"
  wait_ready rabbitmq "$folder/console.log" "$folder/log/$node.log"
}

# --- verbs ------------------------------------------------------------------------------------------

start() { # DIR [--postgres-only|--rabbitmq-only]
  local -a servers=(postgres rabbitmq) jobs=()
  local server job failed=
  case ${2-} in
    '') ;;
    --postgres-only) servers=(postgres) ;;
    --rabbitmq-only) servers=(rabbitmq) ;;
    *) usage >&2 && exit 2 ;;
  esac
  for server in "${servers[@]}"; do
    ! missing_packages | grep -q "^$server" || die "$server is not installed; \`services.sh install\` does it"
  done
  create_folder "$1"
  open_folder "$1"
  # Interrupted half-way, wait for the rest and then stop it all: what starts now would be lost to `stop`.
  trap 'failed=1' INT TERM
  for server in "${servers[@]}"; do
    {
      trap : INT TERM
      "${server}_up"
    } &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do
    until wait "$job"; do
      [[ -n $(command_line "$job") ]] || { failed=1 && break; } # else a signal ended the wait, not the job
    done
  done
  if [[ -n $failed ]]; then
    for server in "${servers[@]}"; do stop_server "$server"; done
    exit 1
  fi
  write_env
  [[ ! -d $dir/postgres ]] || say "PostgreSQL on 127.0.0.1:$postgres_port"
  [[ ! -d $dir/rabbitmq ]] || say "RabbitMQ on 127.0.0.1:$amqp_port, management on 127.0.0.1:$management_port"
  say "environment in $dir/env"
}

stop() {
  local server jobs=() job failed=0
  for server in postgres rabbitmq; do
    [[ -d $dir/$server ]] || continue
    stop_server "$server" &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do wait "$job" || failed=1; done
  return "$failed"
}

status() {
  local server pid code=0
  for server in postgres rabbitmq; do
    [[ -d $dir/$server ]] || continue
    if pid=$(running_pid "$server") && "${server}_ready"; then
      say "$server ready (process $pid)"
    elif [[ -n $pid ]]; then
      say "$server not ready (process $pid)"
      code=3
    else
      say "$server stopped"
      code=3
    fi
  done
  return "$code"
}

main() {
  local verb=${1-help}
  case $verb:$# in
    help:* | --help:* | -h:*) usage ;;
    install:1 | install:2) install "${@:2}" ;;
    start:2 | start:3) start "${@:2}" ;;
    stop:2 | status:2)
      open_folder "$2"
      "$verb"
      ;;
    env:2)
      open_folder "$2"
      cat "$dir/env"
      ;;
    up:3 | down:3 | kill:3)
      [[ $3 == postgres || $3 == rabbitmq ]] || { usage >&2 && exit 2; }
      open_folder "$2"
      [[ -d $dir/$3 ]] || die "there is no $3 in $dir"
      case $verb in
        up) "$3_up" ;;
        down) stop_server "$3" ;;
        kill) kill_server "$3" ;;
      esac
      ;;
    *) usage >&2 && exit 2 ;;
  esac
}

main "$@"; exit # on one line: bash reads a script as it goes, and this file may change while we run
