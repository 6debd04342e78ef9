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
      # The logs' ends, without what requests asked for: which site, when, by whom.
      for place in /var/log/nginx /data/logs; do
        reach "$pid" list "$place" | sed -n "s,^\.\(/[^/]*access[^/]*\.log\)\$,$place\1,p" | sort -u | head -n 60 \
          | while read -r file; do copy "$folder" "$pid" "$file" log; done
      done
      """#)
  }
}
