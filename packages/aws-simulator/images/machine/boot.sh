# Turns a container into a machine and boots it. Takes from its environment:
#   ENVIRONMENT  NAME=value lines that every service of the machine gets
#   AUTHORITIES  PEM certificates to trust beside Debian's
#   RESOLVER     address of the name server
set -eu

# The machine's own branch of the control groups, as systemd and Docker want it: version 2, writable, its root at the top.
# The engine mounts it read-only. What the engine executes in the machine later, when systemd has made branches of the root
# and no process may be in it, the engine's runtime puts where systemd itself is.
#
# An engine with version 1 has version 2 beside it with few controllers or none: all works but limits. There the branch is
# one below the container's, because that engine puts what it executes into the container's own, which then may not pass
# controllers on.
if [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ]; then
  umount -R /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  # Such an engine may give all its containers the same branch.
  branch=$(mktemp -d /sys/fs/cgroup/machine-XXXXXX)
  echo $$ > "$branch/cgroup.procs"
  exec unshare --cgroup sh "$0"
fi
# Anew, not remounted: it then is of this namespace whichever way led here, and no option of the engine's is kept.
umount /sys/fs/cgroup
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup

# Settings of its own network can be written; those of the kernel below all containers cannot.
mkdir -p /run/proc
mount -t proc proc /run/proc
mount --bind /run/proc/sys/net /proc/sys/net
umount -l /run/proc
echo 0 > /proc/sys/net/ipv4/ip_forward

# The engine mounts its own over these, which then could not be replaced.
umount /etc/hosts /etc/hostname /etc/resolv.conf
hostname > /etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost ip6-localhost ip6-loopback\n' "$(hostname)" > /etc/hosts
echo "nameserver $RESOLVER" > /etc/resolv.conf

mkdir -p /etc/systemd/system.conf.d
{
  echo '[Manager]'
  printf '%s\n' "$ENVIRONMENT" | sed -n 's/^..*$/DefaultEnvironment="&"/p'
} > /etc/systemd/system.conf.d/simulated-ec2.conf
if [ -n "$AUTHORITIES" ]; then
  printf '%s\n' "$AUTHORITIES" > /usr/local/share/ca-certificates/simulated-ec2.crt
  update-ca-certificates > /dev/null 2>&1
fi

# The gateway attaches the machine once it runs.
until ip route show default | grep -q .; do sleep 0.1; done

exec env -i container=docker PATH="$PATH" /sbin/init
