internal import Bundles
internal import LinuxSystem
internal import Programs
internal import Proxies
internal import VPNs

/// The script that `headwater collect --script` prints: POSIX sh, for dash, bash and busybox.
///
/// The commands for an output are with the output (`PastedOutput.script`), and those for a program with its reader
/// (`CollectingStep`). The rest of the script is here.
enum CollectScript {
  private static let steps: [CollectingStep] =
    RelayReaders.all.compactMap(\.script) + TunnelReaders.all.compactMap(\.script)

  /// The commands for the outputs of one place.
  private static let outputs = indented(CollectedOutputs.atEachPlace.joined(separator: "\n"), by: 2)

  /// The commands for the outputs of the host as a whole.
  private static let hostOutputs = CollectedOutputs.ofHost.joined(separator: "\n")

  private static let programs = steps.flatMap(\.patterns).joined(separator: " | ")

  /// Patterns of programs whose workers have the same files as their master.
  private static let masters = steps.filter(\.workersShareFiles).flatMap(\.patterns).joined(separator: " | ")

  private static let branches = indented(
    steps.map { step in
      "\(step.patterns.joined(separator: " | ")))\n\(indented(step.shell, by: 2))\n  ;;"
    }.joined(separator: "\n"), by: 4)

  private static func indented(_ text: String, by count: Int) -> String {
    let margin = String(repeating: " ", count: count)
    return text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : margin + $0 }.joined(separator: "\n")
  }

  static let text = #"""
    #!/bin/sh
    # Collects what Headwater traces with, using the tools of this host, and writes one tar.gz to standard output:
    #   headwater collect --script | ssh HOST sudo sh > HOST.tar.gz
    # It changes nothing. Keys, passwords, tokens, query strings and environments are left out.
    set -u
    export LC_ALL=C
    umask 077
    PATH="$PATH:/usr/sbin:/sbin:/usr/local/sbin"
    # All is gathered before it is packed. mktemp makes the folder anew, with a name that nobody can guess and for this user
    # alone, since what is gathered is not for others; TMPDIR may lead elsewhere where /tmp is small. The trap removes it.
    top=$(mktemp -d "${TMPDIR:-/tmp}/headwater.XXXXXX") || exit 1
    trap 'rm -rf "$top"' EXIT
    trap 'exit 1' HUP INT TERM
    name=$(cat /proc/sys/kernel/hostname 2>/dev/null || uname -n)
    name=$(printf '%s' "$name" | tr -c 'A-Za-z0-9._-' '_')
    host="$top/$name"
    mkdir -p "$host"

    have() { command -v "$1" >/dev/null 2>&1; }

    # timed SECONDS COMMAND...: runs a command that long at most, also where there is no timeout(1).
    can_time=
    timeout 5 true 2>/dev/null && can_time=yes
    timed() {
      timed_limit=$1
      shift
      if [ -n "$can_time" ]; then
        timeout "$timed_limit" "$@" </dev/null
        return
      fi
      "$@" </dev/null &
      timed_pid=$!
      ( sleep "$timed_limit"; kill "$timed_pid" ) >/dev/null 2>&1 &
      timed_watch=$!
      wait "$timed_pid"
      timed_status=$?
      kill "$timed_watch" 2>/dev/null
      return $timed_status
    }

    # into FILE COMMAND...: what a command prints, if it prints anything; a minute at most.
    into() {
      into_file=$1
      shift
      have "$1" || return 0
      timed 60 "$@" >"$into_file" 2>/dev/null
      [ -s "$into_file" ] || rm -f "$into_file"
    }

    # The network as it looks from where ENTER... leads to.
    network() {
      folder=$1
      shift
      mkdir -p "$folder"
    \#(outputs)
    }

    # again FOLDER ENTER...: counters a second time, so that what moved between both is known.
    again() {
      folder=$1
      shift
      [ -s "$folder/ss.txt" ] && into "$folder/ss-later.txt" "$@" ss -tunapeiO
      [ -s "$folder/conntrack.txt" ] && into "$folder/conntrack-later.txt" "$@" conntrack -L
      return 0
    }

    # hide: an access log without queries, without the rest of paths, and without who sent somebody here.
    hide() {
      sed -E -e 's,(https?://[^/" ]*)[^" ]*,\1/,g' -e 's,"/[^"]*","/",g' \
        -e 's,"([A-Z]+) /[^ "]*,"\1 /,g' -e 's,\?[^ "]*,?,g' | tail -n 20000
    }

    # clean KIND: what of a configuration or status file is needed; every line stays where it is.
    keeps='
    \#(EvidenceScript.program)'
    clean() {
      awk -v kind="$1" -v count="$top/count" \#(EvidenceScript.variables) "$keeps"
    }

    # Files that a process names are read with the rights of that process: anybody can start a program that is called haproxy
    # and name a file that only root may read.

    # identity PID: which program it runs with which rights. Fails for one that gives rights to whoever starts it.
    identity() {
      mode=$(stat -Lc %a "/proc/$1/exe" 2>/dev/null) || return 1
      case $mode in [2-7]???) return 1 ;; esac
      stat -Lc '%d %i' "/proc/$1/exe" 2>/dev/null
      readlink "/proc/$1/ns/user" 2>/dev/null
      awk '/^(Uid|Gid|Groups|CapEff):/' "/proc/$1/status" 2>/dev/null
    }

    # rights PID: sets $who, $uid, $gid, $groups and $power to the rights of a process, and writes the words that it was started
    # with to $top/words. Both belong together only if neither changed meanwhile.
    rights() {
      who=$(identity "$1") || return 1
      tr '\000' '\n' <"/proc/$1/cmdline" >"$top/words" 2>/dev/null || return 1
      [ "$(identity "$1")" = "$who" ] || return 1
      uid=$(printf '%s\n' "$who" | awk '$1 == "Uid:" { print $5 }')
      gid=$(printf '%s\n' "$who" | awk '$1 == "Gid:" { print $5 }')
      groups=$(printf '%s\n' "$who" | awk '$1 == "Groups:" { $1 = ""; sub(/^ /, ""); gsub(/ /, ","); print }')
      # CAP_DAC_OVERRIDE, where it holds for this host's files.
      power=$(printf '%s\n' "$who" | awk '$1 == "CapEff:" { print substr($2, length($2)) ~ /[2367abef]/ ? "yes" : "no" }')
      [ "$(readlink "/proc/$1/ns/user")" = "$(readlink /proc/self/ns/user)" ] || power=no
      [ -n "$uid" ] && [ -n "$gid" ]
    }

    own=$(id -u)
    limit=
    timeout 5 true 2>/dev/null && limit="timeout 20"
    # as COMMAND...: with the rights that were found last, and with nothing of our environment, which that user could read.
    as() {
      if [ "$own" != 0 ]; then
        [ "$uid" = "$own" ] || return 1
        set -- "$@"
      elif [ "$uid" = 0 ] && [ "$power" = yes ]; then
        set -- "$@"
      elif setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all true 2>/dev/null; then
        if [ -n "$groups" ]; then list="--groups=$groups"; else list=--clear-groups; fi
        set -- setpriv --reuid "$uid" --regid "$gid" "$list" --inh-caps=-all --bounding-set=-all "$@"
      elif [ "$uid" = 0 ]; then
        return 1
      elif perl -e 1 2>/dev/null; then
        set -- perl -e '$) = shift; $( = (split / /, $))[0]; my $u = shift; ($<, $>) = ($u, $u); $< == $u && $> == $u or die; exec @ARGV' \
          "$gid $gid $(printf '%s' "$groups" | tr ',' ' ')" "$uid" "$@"
      elif python3 -c 1 2>/dev/null; then
        set -- python3 -c 'import os, sys
    os.setgroups([int(g) for g in sys.argv[3].split(",") if g]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[1]))
    os.execvp(sys.argv[4], sys.argv[4:])' "$uid" "$gid" "$groups" "$@"
      else
        return 1
      fi
      $limit env -i PATH="$PATH" LC_ALL=C "$@" </dev/null 2>/dev/null
    }

    # What runs as that user, in the root of the process: sh -c "$walk" sh WISH PATH. It goes from one name to the next. A link
    # is read as text and followed only where it cannot lead out of that root; what a user could exchange meanwhile is noticed.
    walk='
      id() { stat -Lc %d:%i "$1" 2>/dev/null; }
      # Whether root alone may change what is in the folder at hand.
      is_safe() { set -- $(stat -c "%u %a" . 2>/dev/null); [ "$1" = 0 ] && case $2 in *[2367]? | *[2367]) false ;; *) true ;; esac; }
      wish=$1 rest=$2 links=0 top=$(id .)
      user=$(command id -u)
      [ -n "$top" ] || exit 1
      while :; do
        case $rest in /*) rest=${rest#/}; continue ;; esac
        [ -n "$rest" ] || break
        name=${rest%%/*}
        case $rest in */*) rest=${rest#*/} more=yes ;; *) rest= more=no ;; esac
        case $name in
          .) continue ;;
          ..) [ "$(id .)" = "$top" ] || cd -P .. || exit 1; continue ;;
        esac
        if [ -L "./$name" ]; then
          links=$((links + 1))
          [ $links -le 40 ] || exit 1
          # A link of somebody else must not lead root anywhere.
          if [ "$user" = 0 ]; then is_safe && [ "$(stat -c %u "./$name")" = 0 ] || exit 1; fi
          target=$(readlink "./$name") || exit 1
          case $target in /*) cd -P /proc/self/fd/3 || exit 1 ;; esac
          [ "$more" = yes ] && rest=$target/$rest || rest=$target
          continue
        fi
        if [ -d "./$name" ]; then
          before=$(id .)
          cd -P "./$name" || exit 1
          [ "$(id ..)" = "$before" ] || exit 1
          continue
        fi
        [ "$more" = no ] || exit 1
        case $wish in
          socket)
            [ -S "./$name" ] || exit 1
            if command -v socat >/dev/null; then echo "show sess all" | socat -t 5 - "UNIX-CONNECT:./$name"
            else echo "show sess all" | nc -w 2 -U "./$name"; fi
            exit ;;
          read | end) ;;
          *) exit 1 ;;
        esac
        [ -f "./$name" ] || exit 1
        exec 4<"./$name" || exit 1
        # What was opened is what lies here under this name: a file, of a file system that keeps files.
        [ "$(stat -c %d:%i "./$name")" = "$(id /proc/self/fd/4)" ] || exit 1
        case $(stat -Lc %F /proc/self/fd/4) in "regular file" | "regular empty file") ;; *) exit 1 ;; esac
        case $(stat -Lfc %t /proc/self/fd/4) in
          9fa0 | 62656572 | 64626720 | 74726163 | 73636673 | 27e0eb | 63677270 | cafe4a11 | 62656570 | 6e736673) exit 1 ;;
        esac
        if [ "$user" = 0 ] && [ "$(stat -Lc %h /proc/self/fd/4)" != 1 ]; then is_safe || exit 1; fi
        if [ "$wish" = end ]; then tail -c 2000000 <&4; else head -c 2000000 <&4; fi
        exit
      done
      [ "$wish" = list ] || exit 1
      find . -maxdepth 6 \( -type f -o -type l \) | head -n 300
    '

    # reach PID WISH PATH: a file (read), its end (end), the files in a folder (list), or the sessions at a socket, as the process could.
    reach() {
      ( cd -P "/proc/$1/root" 2>/dev/null && exec 3<. && as sh -c "$walk" sh "$2" "$3" )
    }

    # copy FOLDER PID PATH KIND: a file of a process.
    copy() {
      case $3 in /*) ;; *) return 0 ;; esac
      case $3 in */../* | */..) return 0 ;; esac
      wish=read
      [ "$4" = log ] && wish=end
      if ! reach "$2" "$wish" "$3" >"$top/file" || [ "$(identity "$2")" != "$who" ]; then
        printf 'headwater: not read: %s: its process (pid %s, uid %s) may not read it\n' "$3" "$2" "$uid" | tr -d '\000-\011\013-\037' >&2
        return 0
      fi
      mkdir -p "$1/files$(dirname "$3")"
      if [ "$4" = log ]; then hide <"$top/file" >"$1/files$3"; else clean "$4" <"$top/file" >"$1/files$3"; fi
    }

    # absolute PID PATH: a path as that process would resolve it.
    absolute() {
      case $2 in
        /*) printf '%s\n' "$2" ;;
        *) printf '%s/%s\n' "$(readlink "/proc/$1/cwd" 2>/dev/null)" "$2" ;;
      esac
    }

    words() { cat "$top/words"; }

    first=$(date +%s)
    network "$host"
    folder=$host
    \#(hostOutputs)

    places="$top/places"
    : >"$places"
    for engine in docker podman; do
      have "$engine" || continue
      ids=$(timed 20 "$engine" ps -q --no-trunc 2>/dev/null) || continue
      for id in $ids; do
        # Not the whole description: its environment and arguments hold secrets.
        timed 20 "$engine" inspect --format '{"Id":{{json .Id}},"Name":{{json .Name}},"State":{"Status":{{json .State.Status}},"Running":{{json .State.Running}},"Pid":{{json .State.Pid}}},"Config":{"Image":{{json .Config.Image}}},"HostConfig":{"NetworkMode":{{json .HostConfig.NetworkMode}}},"NetworkSettings":{"SandboxKey":{{json .NetworkSettings.SandboxKey}},"Ports":{{json .NetworkSettings.Ports}},"Networks":{{json .NetworkSettings.Networks}}}}' \
          "$id" 2>/dev/null </dev/null >>"$host/$engine-inspect.json"
        pid=$(timed 20 "$engine" inspect --format '{{.State.Pid}}' "$id" 2>/dev/null </dev/null)
        label=$(timed 20 "$engine" inspect --format '{{.Name}}' "$id" 2>/dev/null </dev/null | sed 's,^/,,' | tr -c 'A-Za-z0-9._\n-' '_')
        [ -n "$label" ] && [ "${pid:-0}" -gt 0 ] 2>/dev/null || continue
        printf '%s %s\n' "$(readlink "/proc/$pid/ns/net")" "$label" >>"$places"
        if [ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ] && have nsenter; then
          network "$host/containers/$label" nsenter -t "$pid" -n
          printf '%s %s\n' "$pid" "$label" >>"$top/entered"
        fi
      done
      # Their labels and options may hold secrets, too.
      timed 20 "$engine" network inspect --format '{"Id":{{json .Id}},"Name":{{json .Name}},"Driver":{{json .Driver}},{{with index .Options "com.docker.network.bridge.name"}}"Options":{"com.docker.network.bridge.name":{{json .}}},{{end}}"IPAM":{"Config":{{json .IPAM.Config}}}}' \
        $(timed 20 "$engine" network ls -q 2>/dev/null </dev/null) >"$host/$engine-networks.json" 2>/dev/null </dev/null
      [ -s "$host/$engine-networks.json" ] || rm -f "$host/$engine-networks.json"
    done

    for namespace in $(timed 20 ip netns list 2>/dev/null | awk '{ print $1 }'); do
      case $namespace in *[!A-Za-z0-9._-]*) continue ;; esac
      network "$host/netns/$namespace" ip netns exec "$namespace"
    done

    # program PID: the name of what a process runs; it may call itself anything.
    program() { exe=$(readlink "/proc/$1/exe" 2>/dev/null) && printf '%s\n' "${exe##*/}"; }

    for process in /proc/[0-9]*; do
      pid=${process#/proc/}
      software=$(program "$pid") || continue
      case $software in
        \#(programs)) ;;
        *) continue ;;
      esac
      # Workers have their master's files, and less rights.
      case $(program "$(awk '$1 == "PPid:" { print $2 }' "$process/status" 2>/dev/null)") in
        \#(masters)) continue ;;
      esac
      rights "$pid" || continue
      label=$(grep -F "$(readlink "$process/ns/net") " "$places" 2>/dev/null | head -n 1 | awk '{ print $NF }')
      folder=$host
      [ -n "$label" ] && folder="$host/containers/$label"
      [ "$(readlink "$process/ns/net")" = "$(readlink /proc/self/ns/net)" ] && folder=$host
      mkdir -p "$folder"
      case $software in
    \#(branches)
      esac
    done
    # Once more, in the same order, so that about as long lies between both readings everywhere.
    second=$(date +%s)
    [ $((second - first)) -ge 3 ] || sleep $((3 - second + first))
    second=$(date +%s)
    again "$host"
    [ -f "$top/entered" ] && while read -r pid label; do
      again "$host/containers/$label" nsenter -t "$pid" -n
    done <"$top/entered"
    rm -f "$top/entered"

    printf 'headwater: %s lines left out of files or cut short: they may hold secrets\n' \
      "$(awk '{ sum += $1 } END { print sum + 0 }' "$top/count" 2>/dev/null || echo 0)" >&2
    rm -f "$top/words" "$top/file" "$top/list" "$top/count"

    printf '{"schema":"headwater.bundle/1","name":"%s","collected":"%s","seconds_apart":%s}\n' "$name" \
      "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$((second - first))" >"$host/host.json"
    tar -C "$top" -cf - "$name" | gzip -c

    """#
}
