internal import Flows

/// A packet capture that is recognised by its name only. A readable capture is recognised by its bytes
/// (`RecordedCapture`) and does not reach this reader.
struct CaptureOutput: PastedOutput {
  let name = "pcap"
  let isOfHost = false
  let signs: [PastedSign] = [.fileName { name in [".pcap", ".pcapng", ".cap"].contains(where: name.hasSuffix) }]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<Never>] {
    notes.append("\(text.file) is not a readable capture file")
    return []
  }
}
