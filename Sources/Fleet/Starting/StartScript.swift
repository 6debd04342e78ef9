/// The POSIX shell script that runs on a host first: it finds the probe or receives its file, and then replaces itself
/// by it.
///
/// It is one argument of `ssh`, which passes it to the user's login shell, of whatever kind. Therefore it contains no
/// single quotes, backslashes, exclamation marks or line ends, which csh and fish read differently, and everything
/// variable follows as further words of letters and digits. Its standard input belongs to the probe.
enum StartScript {
  /// The script that starts one of `probes`, given as one word each: `x86_64:DIGEST:SIZE`.
  static func start(_ probes: [ProbeFile], from place: Int = 1) -> String {
    let words = probes.map { "\($0.architecture?.rawValue ?? "any"):\($0.digest.hexadecimal):\($0.digest.size)" }
    return Self.command(common + start, ["\(place)"] + words)
  }

  /// The script that removes all probes of this user from all folders.
  static let remove = command(common + removal, [])

  private static func command(_ script: String, _ words: [String]) -> String {
    let line = script.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ")
    return (["exec /bin/sh -c '\(line)' headwater"] + words).joined(separator: " ")
  }

  /// The folders in order of preference; `/dev/shm` and `/run/user/UID` are in memory. A folder whose name anybody
  /// could have created is used only if it belongs to this user.
  private static let common = """
    set -f;
    PATH=$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin; export PATH; LC_ALL=C; export LC_ALL;
    say() { echo "headwater-$*"; };
    u=$(id -u); m=$(uname -m);
    places() {
      for f in "$HOME/.cache/headwater" "/tmp/headwater-$u" "/dev/shm/headwater-$u" "/run/user/$u/headwater";
      do "$@" || return 0; done; return 1;
    };

    """

  private static let start = """
    first=$1; shift; e=; how=digest; copied=no;
    for a in "$@"; do case $a in $m:*|any:*) e=$a; break;; esac; done;
    if [ -z "$e" ]; then say unsupported arch=$m; exit 69; fi;
    e=${e#*:}; d=${e%%:*}; s=${e#*:}; n=headwater-probe-$d;
    sum() {
      if command -v sha256sum >/dev/null 2>&1; then h=$(sha256sum <"$1");
      elif h=$(busybox sha256sum <"$1" 2>/dev/null); then :;
      elif h=$(openssl dgst -sha256 -r <"$1" 2>/dev/null); then :;
      else how=size; h=$d; fi;
      h=${h%% *};
    };
    good() { c=$(wc -c <"$1") && [ $c -eq $s ] && sum "$1" && [ "$h" = "$d" ]; };
    run() {
      r=no;
      if [ "$u" = 0 ]; then r=root;
      elif command -v sudo >/dev/null 2>&1; then
        t=; if timeout 5 true >/dev/null 2>&1; then t="timeout 5"; fi;
        if q=$($t sudo -n true 2>&1 </dev/null); then r=sudo;
        else case $? in 124|143) say note sudo -n did not answer within 5 s;; *) say note sudo -n is refused: $q;; esac; fi;
      else say note there is no sudo; fi;
      say start arch=$m uid=$u root=$r checked=$how copied=$copied place=$f;
      if [ $r = sudo ]; then exec sudo -n "$f/$n"; fi;
      exec "$f/$n";
    };
    known() {
      p=$f/$n;
      if [ -f "$p" ] && [ -x "$p" ] && [ -O "$p" ] && [ -O "$f" ] && good "$p"; then run; fi;
      :;
    };
    i=0;
    room() {
      i=$((i+1));
      if [ $i -lt $first ]; then return 0; fi;
      case $f in */.cache/headwater) if [ -d "$HOME" ]; then :; else say note there is no home folder $HOME; return 0; fi;; esac;
      if q=$(umask 077; mkdir -p "$f" 2>&1); then :; else say note $q; return 0; fi;
      if [ -L "$f" ]; then say note $f: is a link; return 0; fi;
      if [ -O "$f" ]; then :; else say note $f: belongs to another user; return 0; fi;
      x=$f/.try-$$;
      if q=$( (umask 077; : >"$x" && chmod 700 "$x" && "$x") 2>&1); then rm -f "$x"; return 1; fi;
      rm -f "$x"; say note $f: $q;
      :;
    };
    old() {
      set +f;
      for q in "$f"/headwater-probe-*; do
        o=${q##*headwater-probe-};
        case $o in *.*|[*]) ;; *) case " $* " in *:$o:*) ;; *) rm -f "$q";; esac;; esac;
      done;
      set -f; :;
    };
    places known;
    if places room; then :; else say noplace arch=$m; exit 73; fi;
    say need arch=$m uid=$u number=$i place=$f;
    x=$f/$n.$$;
    if q=$( (umask 077; head -c $s >"$x") 2>&1) && good "$x" && chmod 700 "$x" && mv -f "$x" "$f/$n"; then copied=yes; old "$@"; run; fi;
    rm -f "$x"; say failed number=$i place=$f: ${q:-the copy is not what was sent}; exit 74
    """

  private static let removal = """
    c=0; set +f;
    clear() {
      if [ -O "$f" ]; then
        for q in "$f"/headwater-probe-*; do if [ -f "$q" ] && rm -f "$q"; then c=$((c+1)); fi; done;
        rmdir "$f" 2>/dev/null;
      fi; :;
    };
    places clear; say removed number=$c
    """
}
