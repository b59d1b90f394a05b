#!/bin/sh
# Thaws processes when their fault's lease has passed, also when the keeper is dead.
# Usage: thaw-watchdog.sh LEASE_FILE PID STARTED_AT [PID STARTED_AT ...]
# LEASE_FILE holds "<centiseconds of uptime> <seconds since 1970>"; the keeper moves it on and removes it after thawing.
# A lease file that has gone means lifted, or a deleted home: thawing is right for both.
lease=$1
shift

lease_has_passed() {
  read -r end_cs end_s 2>/dev/null <"$lease" || return 0
  if [ -r /proc/uptime ]; then
    read -r uptime _ </proc/uptime
    now_cs=${uptime%.*}${uptime#*.}
    [ "$now_cs" -ge "$end_cs" ]
  else
    [ "$(date +%s)" -ge "$end_s" ]
  fi
}

started_at() {
  [ -r "/proc/$1/stat" ] || return 0
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
  # shellcheck disable=SC2086 # the fields after the command's name are to be split
  set -- ${stat##*) }
  shift 19
  echo "$1"
}

until lease_has_passed; do
  sleep 0.1
done

while [ $# -ge 2 ]; do
  if [ ! -d /proc/self ] || [ "$(started_at "$1")" = "$2" ]; then
    kill -CONT "$1" 2>/dev/null
  fi
  shift 2
done
exit 0
