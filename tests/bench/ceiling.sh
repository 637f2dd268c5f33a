#!/bin/sh
# The ceiling of settlements per second: the very function that commits one (common/store/functions, "apply"), driven by
# redis-benchmark, each call for another person. Everything that the services add can only be slower. It writes as much
# as a settlement does: a record and a fact of those lengths, and a move of each COUNTER.
#
#   tests/bench/ceiling.sh PORT CONCURRENCY REQUESTS SETTLEMENT_BYTES FACT_BYTES COUNTER...
#
# prints "ceiling_applies_per_second N". The server should be a scratch one (its data grows) with the durability that is
# to be compared: appendonly yes, appendfsync always.
set -eu

port=$1
concurrency=$2
requests=$3
bytes=$4
fact_bytes=$5
shift 5
functions=$(dirname "$0")/../../common/store/functions

# The library as library.c makes it: named after the hash of the files, in the order of their names.
hash=$(cat "$functions"/*.lua | sha256sum | cut -c1-12)
{
  printf "#!lua name=yz_%s\nlocal release = 'yz_%s_'\n" "$hash" "$hash"
  cat "$functions"/*.lua
} | redis-cli -p "$port" -x FUNCTION LOAD >/dev/null 2>&1 || true # there already: it is the same
redis-cli -p "$port" FUNCTION LIST LIBRARYNAME "yz_$hash" | grep -q "yz_${hash}_apply"

settlement=$(head -c "$bytes" /dev/zero | tr '\0' 's')
fact=$(head -c "$fact_bytes" /dev/zero | tr '\0' 'f')
moves=$#
for counter in "$@"; do
  set -- "$@" "$counter" 1234500
  shift
done
set -- 0 "$settlement" "$fact" + "$moves" "$@"

# Every __rand_int__ is replaced by another random number, so that no two calls meet in a key but the journal's.
redis-benchmark -p "$port" -c "$concurrency" -n "$requests" -r 2000000000 --csv \
  FCALL "yz_${hash}_apply" 4 '{b0000}:acc:__rand_int__:2023' '{b0000}:settle:S__rand_int__' \
  '{b0000}:plist:__rand_int__:2023' '{b0000}:journal' 'S__rand_int__' "$@" |
  awk -F'","' 'END { printf "ceiling_applies_per_second %d\n", $2 }'
