public import LinuxSystem

extension NginxReader {
  public var script: CollectingStep? {
    CollectingStep(
      ["nginx*"], workersShareFiles: true,
      #"""
      [ -d "$folder/files/etc/nginx" ] && continue
      for place in /etc/nginx /data/nginx; do
        reach "$pid" list "$place" | sed -n "s,^\.\(/.*\.conf\)\$,$place\1,p; s,^\.\(/sites-.*\)\$,$place\1,p" | sort -u \
          | while read -r file; do copy "$folder" "$pid" "$file" nginx; done
      done
      """#)
  }
}
