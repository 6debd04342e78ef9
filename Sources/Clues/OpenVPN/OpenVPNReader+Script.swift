public import LinuxSystem

extension OpenVPNReader {
  public var script: CollectingStep? {
    CollectingStep(
      ["openvpn*"],
      #"""
      {
        words "$pid" | awk 'take { print; take = 0 } $0 == "--config" { take = 1 }'
        words "$pid" | awk 'NR == 2 && $0 !~ /^--/ { print }'
      } | while read -r file; do
        file=$(absolute "$pid" "$file")
        copy "$folder" "$pid" "$file"
        [ -f "/proc/$pid/root$file" ] || continue
        awk '$1 == "status" { print $2 }' "/proc/$pid/root$file" | while read -r status; do
          copy "$folder" "$pid" "$(absolute "$pid" "$status")" raw
        done
      done
      words "$pid" | awk 'take { print; take = 0 } $0 == "--status" { take = 1 }' | while read -r status; do
        copy "$folder" "$pid" "$(absolute "$pid" "$status")" raw
      done
      """#)
  }
}
