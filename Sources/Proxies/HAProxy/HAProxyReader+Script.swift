public import LinuxSystem

extension HAProxyReader {
  public var script: CollectingStep? {
    CollectingStep(
      ["haproxy*"], workersShareFiles: true,
      #"""
      words | awk 'take { print; take = 0 } $0 == "-f" { take = 1 }' | while read -r file; do
        file=$(absolute "$pid" "$file")
        reach "$pid" list "$file" >"$top/list" && files=$(sed -n "s,^\./\([^/]*\.cfg\)\$,$(printf '%s' "$file" | sed 's/[,&\\]/\\&/g')/\1,p" "$top/list") || files=$file
        printf '%s\n' "$files" | while read -r file; do
          copy "$folder" "$pid" "$file" haproxy
          [ -f "$folder/files$file" ] || continue
          awk '$1 == "stats" && $2 == "socket" { print $3 }' "$folder/files$file" | sed 's/^unix@//' | while read -r socket; do
            case $socket in /*) reach "$pid" socket "$socket" >>"$folder/sessions.txt" ;; esac
          done
        done
      done
      [ -s "$folder/sessions.txt" ] || rm -f "$folder/sessions.txt"
      """#)
  }
}
