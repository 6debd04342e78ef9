internal import Flows

/// A capture of packets, by its name. One that can be read is known by its bytes (`RecordedCapture`) and does not come here.
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
