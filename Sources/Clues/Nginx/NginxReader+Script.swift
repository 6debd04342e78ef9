public import LinuxSystem

extension NginxReader {
  public var script: CollectingStep? {
    CollectingStep(
      ["nginx*"],
      #"""
      # Workers share their master's files.
      [ -d "$folder/files/etc/nginx" ] && continue
      find "/proc/$pid/root/etc/nginx" -type f \( -name '*.conf' -o -path '*/sites-*' -o -path '*/conf.d/*' \) 2>/dev/null \
        | head -n 300 | while read -r file; do copy "$folder" "$pid" "${file#"/proc/$pid/root"}"; done
      """#)
  }
}
