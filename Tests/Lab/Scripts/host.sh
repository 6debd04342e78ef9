# What runs as the first process of a test host, in its new namespaces. `$1` is the host's name, `$2` the folder
# with its files; then, one per argument, the paths below /tmp and /root that stay visible; `--`; and the
# cgroup hierarchies as `type:options:mount point`.
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
umount --lazy /run/machine
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
