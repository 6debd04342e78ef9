internal import Capture

/// Processes in the comments of packets, as other programs write them.
enum OwnerComment {
  /// Reads ptcpdump's lines (`PID: 1234`, `Cmd: /usr/bin/curl`, …; `internal/types` of version 0.29) and rustnet's
  /// words (`PID:1234 Process:curl`; `scripts/pcap_enrich.py` of version 1.0); nil for other comments.
  static func process(_ comment: String) -> CapturedProcess? {
    var process = CapturedProcess()
    for line in comment.split(whereSeparator: \.isNewline) {
      if let found = rustnet(line) { return found }
      guard let colon = line.firstIndex(of: ":") else { continue }
      let key = line[..<colon].filter { $0 != " " }.lowercased()
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      guard !value.isEmpty, process.pid != nil || key == "pid" else { continue }
      switch key {
      case "pid": process.pid = UInt32(value)
      case "cmd":
        process.path = String(value)
        process.name = value.split(separator: "/").last.map(String.init)
      case "args": process.command = value.split(separator: " ").map(String.init)
      case "parentpid": process.parent = UInt32(value)
      case "userid": process.uid = UInt32(value)
      case "containername", "container": process.container = process.container ?? String(value)
      case "podname": process.comment = "pod \(value)"
      default: break
      }
    }
    return process.pid == nil ? nil : process
  }

  /// `PID:1234 Process:Web Content`.
  private static func rustnet(_ line: Substring) -> CapturedProcess? {
    let words = line.split(separator: " ", maxSplits: 1)
    var process = CapturedProcess()
    guard let first = words.first, first.hasPrefix("PID:"), let pid = UInt32(first.dropFirst(4)) else { return nil }
    process.pid = pid
    if words.count > 1, words[1].hasPrefix("Process:") { process.name = String(words[1].dropFirst(8)) }
    return process
  }
}
