internal import Flows
internal import Questions
internal import VPNs

/// A configuration of WireGuard. Only its peers' names are read; its keys are not kept.
struct WireGuardConfigurationOutput: PastedOutput {
  let name = "WireGuard configuration"
  let isOfHost = true
  let signs: [PastedSign] = [
    .twoLines("sections [Interface] and [Peer], or their keys") {
      $0 == "[Interface]" || $0 == "[Peer]" || $0.hasPrefix("AllowedIPs")
    }
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<WireGuardPeerNames>] {
    var names = WireGuardPeerNames()
    names.add(configuration: text.part.content, file: text.file)
    return names.names.isEmpty ? [] : [text.evident(names)]
  }
}
