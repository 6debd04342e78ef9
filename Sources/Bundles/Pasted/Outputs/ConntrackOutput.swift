internal import Flows

/// `conntrack -L`, `conntrack -E`, `/proc/net/nf_conntrack`.
struct ConntrackOutput: PastedOutput {
  let name = "conntrack -L"
  let isOfHost = false
  let isListing = true
  let signs: [PastedSign] = [
    .title("two tuples with src= and dst=") { line in
      line.contains("src=") && line.contains("dst=")
        && PastedWords.split(line).filter { $0.hasPrefix("src=") || $0.hasPrefix("dst=") }.count >= 2
    },
    .fileName { $0.contains("conntrack") },
  ]
  let script: String? = #"""
    into "$folder/conntrack.txt" "$@" conntrack -L
    into "$folder/conntrack-6.txt" "$@" conntrack -L -f ipv6
    """#

  func isRest(_ text: String) -> Bool { !TrackedConnection.begins(text) }

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<TrackedConnection>] {
    TrackedConnection.list(text.lines).map { entry in
      var entry = entry
      entry.reading = text.firstLine
      entry.listing = text.part.command?.words.joined(separator: " ") ?? ""
      return text.evident(entry, line: entry.line)
    }
  }
}
