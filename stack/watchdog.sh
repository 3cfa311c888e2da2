#!/bin/sh
# usage: watchdog.sh FOLDER
# Sleeps until the other end of standard input is closed, which also happens when its owner is killed. Then kills every process
# recorded in FOLDER/*.pid, with its children, and removes FOLDER. A recorded pid counts only while its command line names FOLDER.
folder=$1
trap '' HUP INT TERM
cat >/dev/null

command_of() {
  if [ -d /proc/self ]; then tr '\0' ' ' <"/proc/$1/cmdline"; else ps -ww -o command= -p "$1"; fi 2>/dev/null
}

children_of() {
  if [ -d /proc/self ]; then grep -lE "^[0-9]+ \(.*\) [A-Z] $1 " /proc/[0-9]*/stat | cut -d/ -f3; else pgrep -P "$1"; fi 2>/dev/null
}

tries=0
while [ -d "$folder" ] && [ "$tries" -lt 100 ]; do
  for record in "$folder"/*.pid; do
    pid=$(cat "$record" 2>/dev/null)
    [ -n "$pid" ] && command_of "$pid" | grep -qF -- "$folder" || continue
    children=$(children_of "$pid")
    # Unquoted: the children are words.
    kill -KILL "$pid" $children 2>/dev/null
  done
  # What was killed needs a moment to go, and may write into the folder until then. Its data may lie on a disk of its own.
  rm -rf "$folder" 2>/dev/null || umount -l "$folder/data" 2>/dev/null || sleep 0.1
  tries=$((tries + 1))
done
