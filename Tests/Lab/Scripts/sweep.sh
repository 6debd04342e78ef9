# Ends the processes of every cgroup whose name begins with `$1`, and removes those cgroups and `/tmp/$1`.
# Only a lab makes such names.
case "$1" in hwlab-[0-9]*) ;; *) exit 2 ;; esac
roots=$(awk '{ for (i = 7; $i != "-"; i++); if ($(i+1) ~ /^cgroup2?$/) print $5 }' /proc/self/mountinfo)
groups=$(find $roots -type d -name "$1-*" -prune 2>/dev/null)
for attempt in $(seq 100); do
  left=
  for group in $groups; do
    [ -d "$group" ] || continue
    find "$group" -name cgroup.procs -exec cat {} + 2>/dev/null | xargs -r kill -KILL 2>/dev/null
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
    [ -d "$group" ] && left=1
  done
  [ -z "$left" ] && break
  sleep 0.02
done
rm -rf --one-file-system "/tmp/$1"
