extension Lab {
  /// Ends the processes of every cgroup whose name begins with `$1`, and removes those cgroups and `/tmp/$1`.
  /// Only a lab makes such names.
  static let sweepScript = #"""
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
    """#

  /// Waits for the test process to end, however it ends, and sweeps.
  static let keeperScript = #"""
    import os, select, subprocess, sys
    name = sys.argv[1]
    script = open(f"/tmp/{name}/sweep").read()
    os.chdir("/")
    owner = int(name[len("hwlab-"):].split(".")[0])
    try:
        descriptor = os.pidfd_open(owner)
        select.select([descriptor], [], [])
    except ProcessLookupError:
        pass
    subprocess.run(["bash", "-c", script, "sweep", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    """#

  /// What runs as the first process of a test host, in its new namespaces. `$1` is the host's name, `$2` the folder
  /// with its files; then, one per argument, the paths below /tmp and /root that stay visible; `--`; and the
  /// cgroup hierarchies as `type:options:mount point`.
  static let hostScript = #"""
    set -eu
    name=$1 files=$2; shift 2
    hostname "$name"
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p /run/lock /run/netns /run/lab /run/machine
    cp "$files"/share/* /run/lab/
    mount --rbind / /run/machine

    # /etc and /var are the machine's, with changes kept to this host
    mount -t tmpfs -o mode=1777 tmpfs /tmp
    for folder in etc var; do
      mkdir -p /tmp/$folder/upper /tmp/$folder/work
      mount -t overlay -o lowerdir=/$folder,upperdir=/tmp/$folder/upper,workdir=/tmp/$folder/work overlay /$folder
    done
    mount -t tmpfs -o mode=1777 tmpfs /tmp
    mount -t tmpfs -o mode=700 tmpfs /root
    for folder in /var/log /var/lib/docker /var/tmp; do
      mkdir -p $folder; mount -t tmpfs tmpfs $folder
    done
    mkdir -p /var/log/nginx
    while [ "$1" != -- ]; do
      mkdir -p "$1"; mount --bind "/run/machine$1" "$1"; shift
    done
    shift
    umount --recursive --lazy /run/machine
    rmdir /run/machine 2>/dev/null || true

    mount -t sysfs sysfs /sys
    mount -t bpf bpf /sys/fs/bpf 2>/dev/null || true
    mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || true
    case " $* " in *:/sys/fs/cgroup\ *) ;; *) mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup ;; esac
    for hierarchy in "$@"; do
      IFS=: read -r type options point <<< "$hierarchy"
      mkdir -p "$point"
      mount -t "$type" -o "$options" "$type" "$point"
    done

    printf '%s\n' "$name" > /etc/hostname
    printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost ip6-localhost\n' "$name" > /etc/hosts
    rm -f /etc/resolv.conf; : > /etc/resolv.conf
    ip link set lo up
    for scope in all default; do
      echo 0 > /proc/sys/net/ipv6/conf/$scope/accept_dad 2>/dev/null || true
    done
    echo ready
    # ignoring SIGCHLD makes the kernel reap what is left to the first process
    exec env --ignore-signal=CHLD sleep infinity
    """#

  /// Joins the cgroups given up to `--` and becomes the rest.
  static let joinScript = #"""
    while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 125; shift; done
    shift
    exec "$@"
    """#
}
