public import LinuxSystem

extension HAProxyReader {
  public var script: CollectingStep? {
    CollectingStep(
      ["haproxy*"],
      #"""
      words "$pid" | awk 'take { print; take = 0 } $0 == "-f" { take = 1 }' | while read -r file; do
        file=$(absolute "$pid" "$file")
        copy "$folder" "$pid" "$file"
        [ -f "/proc/$pid/root$file" ] || continue
        awk '$1 == "stats" && $2 == "socket" { print $3 }' "/proc/$pid/root$file" | sed 's/^unix@//' | while read -r socket; do
          [ -S "/proc/$pid/root$socket" ] || continue
          if have socat; then
            echo 'show sess all' | socat -t 5 - "UNIX-CONNECT:/proc/$pid/root$socket" >>"$folder/sessions.txt" 2>/dev/null
          elif have nc; then
            echo 'show sess all' | nc -w 2 -U "/proc/$pid/root$socket" >>"$folder/sessions.txt" 2>/dev/null
          fi
        done
      done
      [ -s "$folder/sessions.txt" ] || rm -f "$folder/sessions.txt"
      """#)
  }
}
