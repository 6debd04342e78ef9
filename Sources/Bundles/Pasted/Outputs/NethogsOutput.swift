internal import Flows

/// `nethogs -t`
struct NethogsOutput: PastedOutput {
  let name = "nethogs -t"
  let isOfHost = true
  let isListing = true
  let signs: [PastedSign] = [
    .line("a refresh of nethogs") {
      $0.hasPrefix("Refreshing:") || ($0.hasPrefix("NetHogs version"))
        || (["/", "unknown "].contains(where: $0.hasPrefix) || $0.contains("/0/0") || $0.contains("B/s")
          || $0.contains("-"))
          && NethogsLine($0, refresh: 0, line: 1) != nil
    },
    .fileName { $0.contains("nethogs") },
  ]
  let script: String? = #"""
    into "$top/nethogs" nethogs -t -c 3
    # Newer ones print whole command lines: only the program is kept.
    [ -s "$top/nethogs" ] && awk -F'\t' -v OFS='\t' '
      match($1, /\/[0-9]+\/[0-9]+$/) { head = substr($1, 1, RSTART - 1); sub(/ .*/, "", head); $1 = head substr($1, RSTART) }
      { print }' "$top/nethogs" >"$folder/nethogs.txt"
    rm -f "$top/nethogs"
    """#

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<NethogsLine>] {
    NethogsLine.list(text.lines).map { text.evident($0, line: $0.line) }
  }
}
