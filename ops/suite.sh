# The suite as local processes: sourced by ops/up, ops/down, ops/status and the end-to-end tests.
# Everything that one running suite owns is under $YZ_DATA (default: var): data of Redis, logs, pid files.

YZ_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
YZ_DATA=${YZ_DATA:-$YZ_ROOT/var}
YZ_BIN=${YZ_BIN:-$YZ_ROOT/build/release/bin}
YZ_HTTP_PORT=${YZ_HTTP_PORT:-8080}
YZ_BUS_PORT=${YZ_BUS_PORT:-7070}
YZ_REDIS_PORT=${YZ_REDIS_PORT:-6390}
YZ_GATEWAYS=${YZ_GATEWAYS:-127.0.0.1:$YZ_BUS_PORT} # that services look for; more than one, with commas between
YZ_REDIS=${YZ_REDIS:-redis://127.0.0.1:$YZ_REDIS_PORT}
YZ_KEYS=${YZ_KEYS:-} # folder made by `yz keys`: the bus is encrypted and guarded; empty: open, as on a laptop
YZ_ADMIN_BASE=${YZ_ADMIN_BASE:-9100} # admin ports count up from here
YZ_SERVICES=(enrollment adjudication assistance supplementary notification clearing)

alive() { # NAME: whether the process of that pid file runs; a dead one that nobody has waited for yet does not
  local pid
  pid=$(cat "$YZ_DATA/run/$1.pid" 2>/dev/null) && [[ $(ps -o stat= -p "$pid" 2>/dev/null) == [^Z]* ]]
}

launch() { # NAME COMMAND...: starts in the background, with pid file and log
  local name=$1
  shift
  alive "$name" && return 0
  mkdir -p "$YZ_DATA/run" "$YZ_DATA/log"
  setsid "$@" >>"$YZ_DATA/log/$name.log" 2>&1 </dev/null &
  echo $! >"$YZ_DATA/run/$name.pid"
}

start_redis() {
  mkdir -p "$YZ_DATA/redis"
  launch redis redis-server "$YZ_ROOT/ops/redis.conf" --bind 127.0.0.1 --port "$YZ_REDIS_PORT" --dir "$YZ_DATA/redis" --daemonize no
  local i
  for i in $(seq 100); do
    # redis-cli exits 0 on error replies, so the text is looked at
    [[ "$(redis-cli -p "$YZ_REDIS_PORT" ping 2>/dev/null)" == PONG ]] && return 0
    sleep 0.1
  done
  echo "redis did not start: see $YZ_DATA/log/redis.log" >&2
  return 1
}

start_gateway() { # [NAME HTTP-PORT BUS-PORT [PROGRAM]]: one more than the first, which needs none of these
  local name=${1:-gateway} http=${2:-$YZ_HTTP_PORT} bus=${3:-$YZ_BUS_PORT} program=${4:-yz-gateway}
  if [[ -n $YZ_KEYS ]]; then
    "$YZ_BIN/yz" keys "$YZ_KEYS" >/dev/null
    local -x YZ_BUS_KEY=$YZ_KEYS/gateway.key YZ_BUS_ALLOW=$YZ_KEYS/allow
  fi
  YZ_HTTP_PORT=$http YZ_BUS_BIND="tcp://127.0.0.1:$bus" YZ_REDIS=$YZ_REDIS YZ_POLICIES="$YZ_ROOT/ops/policies" \
    launch "$name" "$YZ_BIN/$program"
}

start_all() { # the gateway and every service in one process
  start_gateway all "$YZ_HTTP_PORT" "$YZ_BUS_PORT" yz-all
}

start_service() { # SERVICE INDEX (1, 2 ...)
  local service=$1 index=$2 i
  for i in "${!YZ_SERVICES[@]}"; do
    [[ ${YZ_SERVICES[$i]} == "$service" ]] || continue
    [[ -z $YZ_KEYS ]] || local -x YZ_BUS_GATEWAY_KEY=$YZ_KEYS/gateway.pub YZ_BUS_KEY=$YZ_KEYS/$service.key
    YZ_GATEWAYS=$YZ_GATEWAYS YZ_REDIS=$YZ_REDIS YZ_POLICIES="$YZ_ROOT/ops/policies" \
      YZ_ADMIN_PORT=$((YZ_ADMIN_BASE + 10 * index + i)) launch "$service-$index" "$YZ_BIN/yz-$service"
    return 0
  done
  echo "no service '$service'; there are: ${YZ_SERVICES[*]}" >&2
  return 2
}

wait_ready() { # until the gateway has every service
  local i told
  for i in $(seq 150); do
    # ready alone says that bills are settled: nobody may write messages yet
    told=$(curl -fsS "http://127.0.0.1:$YZ_HTTP_PORT/ready" 2>/dev/null) && [[ $told != *'"holds":false'* ]] && return 0
    sleep 0.1
  done
  echo "the suite did not become ready:" >&2
  curl -sS "http://127.0.0.1:$YZ_HTTP_PORT/ready" >&2 || true
  echo "logs: $YZ_DATA/log" >&2
  return 1
}

stop_one() { # NAME: SIGTERM, and SIGKILL after 15 s
  local name=$1 pid i
  pid=$(cat "$YZ_DATA/run/$name.pid" 2>/dev/null) || return 0
  kill "$pid" 2>/dev/null || true
  for i in $(seq 300); do
    alive "$name" || break
    sleep 0.05
  done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$YZ_DATA/run/$name.pid"
}
