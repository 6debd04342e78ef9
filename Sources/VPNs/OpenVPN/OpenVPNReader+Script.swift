public import LinuxSystem

extension OpenVPNReader {
  public var script: CollectingStep? {
    CollectingStep(
      ["openvpn*"],
      #"""
      {
        words | awk 'take { print; take = 0 } $0 == "--config" { take = 1 }'
        words | awk 'NR == 2 && $0 !~ /^--/ { print }'
      } | while read -r file; do
        file=$(absolute "$pid" "$file")
        copy "$folder" "$pid" "$file" openvpn
        [ -f "$folder/files$file" ] || continue
        awk '$1 == "status" { print $2 }' "$folder/files$file" | while read -r status; do
          copy "$folder" "$pid" "$(absolute "$pid" "$status")" status
        done
      done
      words | awk 'take { print; take = 0 } $0 == "--status" { take = 1 }' | while read -r status; do
        copy "$folder" "$pid" "$(absolute "$pid" "$status")" status
      done
      """#)
  }
}
