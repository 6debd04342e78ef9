internal import Flows
internal import VPNs

/// `tailscale status --json`
struct TailscaleStatusOutput: PastedOutput {
  let name = "tailscale status --json"
  let isOfHost = false
  let signs: [PastedSign] = [.key("BackendState")]
  /// Its answer names accounts, so the script does not collect it; a person decides whether to share it.
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<TailscaleStatus>] {
    guard let status = TailscaleStatus(parsing: text.part.content) else {
      notes.append("\(text.file) cannot be read as \(name)")
      return []
    }
    return [text.evident(status)]
  }
}
