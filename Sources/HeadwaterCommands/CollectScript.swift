internal import Clues
internal import LinuxSystem
internal import Vantage

/// What `headwater collect --script` prints: POSIX sh, for dash, bash and busybox.
///
/// What is run for an output stands with the output (`PastedOutput.script`), what is done with a program with its reader
/// (`CollectingStep`); here is what holds them together.
enum CollectScript {
  private static let steps: [CollectingStep] =
    RelayReaders.all.compactMap(\.script) + TunnelReaders.all.compactMap(\.script)

  /// The outputs of one place.
  private static let outputs = indented(CollectedOutputs.atEachPlace.joined(separator: "\n"), by: 2)

  private static let programs = steps.flatMap(\.patterns).joined(separator: " | ")

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

    # into FILE COMMAND...: what a command prints, if it prints anything; a minute at most.
    into() {
      into_file=$1
      shift
      have "$1" || return 0
      if have timeout; then
        timeout 60 "$@" >"$into_file" 2>/dev/null </dev/null
      else
        "$@" >"$into_file" 2>/dev/null </dev/null
      fi
      [ -s "$into_file" ] || rm -f "$into_file"
    }

    # The network as it looks from where ENTER... leads to.
    network() {
      folder=$1
      shift
      mkdir -p "$folder"
    \#(outputs)
    }

    # A configuration without its secrets; every line stays where it is.
    clean() {
      awk '
        until != "" { if (index($0, until)) { until = ""; print } else print ""; next }
        /^[ \t]*-----BEGIN/ { until = "-----END"; print; next }
        /^[ \t]*<[a-z]/ && !/<connection>/ { tag = $0; sub(/^[ \t]*</, "", tag); sub(/>.*/, "", tag); until = "</" tag ">"; print; next }
        {
          line = tolower($0)
          if (match(line, /(password|passwd|passphrase|secret|token|private_?-?key|preshared|api_?-?key|access_?key|credential|authorization|cookie|stats auth)[a-z0-9_.-]*/) && line !~ /^[ \t]*(ssl_certificate_key)/) {
            end = $0 ~ /;[ \t]*$/ ? ";" : ""
            print substr($0, 1, RSTART + RLENGTH - 1) " (left-out)" end
          } else if (line ~ /^[ \t]*(env|setenv|presetenv|export)[ \t]/) {
            print "# (left-out)"
          } else {
            gsub(/:\/\/[^\/ @"]*@/, "://(left-out)@")
            gsub(/\?[A-Za-z0-9_.%-]+=[^ ";]*/, "?(left-out)")
            print
          }
        }'
    }

    # copy FOLDER PID PATH [raw]: a file of a process, read in the process's own root.
    copy() {
      case $3 in /*) ;; *) return 0 ;; esac
      case $3 in */../*) return 0 ;; esac
      [ -f "/proc/$2/root$3" ] || return 0
      mkdir -p "$1/files$(dirname "$3")"
      if [ "${4:-}" = raw ]; then
        head -c 2000000 "/proc/$2/root$3" >"$1/files$3" 2>/dev/null
      else
        head -c 2000000 "/proc/$2/root$3" 2>/dev/null | clean >"$1/files$3"
      fi
    }

    # absolute PID PATH: a path as that process would resolve it.
    absolute() {
      case $2 in
        /*) printf '%s\n' "$2" ;;
        *) printf '%s/%s\n' "$(readlink "/proc/$1/cwd" 2>/dev/null)" "$2" ;;
      esac
    }

    words() { tr '\000' '\n' <"/proc/$1/cmdline" 2>/dev/null; }

    network "$host"
    folder=$host
    \#(CollectedOutputs.ofHost.joined(separator: "\n"))

    places="$top/places"
    : >"$places"
    for engine in docker podman; do
      have "$engine" || continue
      ids=$("$engine" ps -q --no-trunc 2>/dev/null) || continue
      for id in $ids; do
        # Not the whole description: its environment and arguments hold secrets.
        "$engine" inspect --format '{"Id":{{json .Id}},"Name":{{json .Name}},"State":{"Status":{{json .State.Status}},"Running":{{json .State.Running}},"Pid":{{json .State.Pid}}},"Config":{"Image":{{json .Config.Image}}},"HostConfig":{"NetworkMode":{{json .HostConfig.NetworkMode}}},"NetworkSettings":{"SandboxKey":{{json .NetworkSettings.SandboxKey}},"Ports":{{json .NetworkSettings.Ports}},"Networks":{{json .NetworkSettings.Networks}}}}' \
          "$id" 2>/dev/null </dev/null >>"$host/$engine-inspect.json"
        pid=$("$engine" inspect --format '{{.State.Pid}}' "$id" 2>/dev/null </dev/null)
        label=$("$engine" inspect --format '{{.Name}}' "$id" 2>/dev/null </dev/null | sed 's,^/,,' | tr -c 'A-Za-z0-9._\n-' '_')
        [ -n "$label" ] && [ "${pid:-0}" -gt 0 ] 2>/dev/null || continue
        printf '%s %s\n' "$(readlink "/proc/$pid/ns/net")" "$label" >>"$places"
        if [ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ] && have nsenter; then
          network "$host/containers/$label" nsenter -t "$pid" -n
        fi
      done
      "$engine" network inspect $("$engine" network ls -q 2>/dev/null </dev/null) >"$host/$engine-networks.json" 2>/dev/null </dev/null
      [ -s "$host/$engine-networks.json" ] || rm -f "$host/$engine-networks.json"
    done

    for namespace in $(ip netns list 2>/dev/null | awk '{ print $1 }'); do
      case $namespace in *[!A-Za-z0-9._-]*) continue ;; esac
      network "$host/netns/$namespace" ip netns exec "$namespace"
    done

    for process in /proc/[0-9]*; do
      pid=${process#/proc/}
      read -r program <"$process/comm" 2>/dev/null || continue
      case $program in
        \#(programs)) ;;
        *) continue ;;
      esac
      label=$(grep -F "$(readlink "$process/ns/net") " "$places" 2>/dev/null | head -n 1 | awk '{ print $NF }')
      folder=$host
      [ -n "$label" ] && folder="$host/containers/$label"
      [ "$(readlink "$process/ns/net")" = "$(readlink /proc/self/ns/net)" ] && folder=$host
      mkdir -p "$folder"
      case $program in
    \#(branches)
      esac
    done

    printf '{"schema":"headwater.bundle/1","name":"%s","collected":"%s"}\n' "$name" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$host/host.json"
    tar -C "$top" -cf - "$name" | gzip -c

    """#
}
