internal import Flows
internal import VPNs

/// The status of an OpenVPN server: its file, or the answer of its management interface.
struct OpenVPNStatusOutput: PastedOutput {
  let name = "OpenVPN status"
  let isOfHost = false
  let hasParagraphs = true
  let signs: [PastedSign] = [
    .title("the title of OpenVPN's status") {
      $0 == "OpenVPN CLIENT LIST" || $0.hasPrefix("TITLE,OpenVPN") || $0.hasPrefix("TITLE\tOpenVPN")
        || $0.hasPrefix("HEADER,CLIENT_LIST,") || $0.hasPrefix("OpenVPN STATISTICS")
    },
    .fileName { $0.contains("openvpn-status") },
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<RecordedOpenVPNStatus>] {
    do throws(OpenVPNError) {
      let status = try OpenVPNStatus(parsing: Self.fromTitle(text.lines))
      return [
        text.evident(
          RecordedOpenVPNStatus(status, name: text.name, lines: text.lines.map { ($0.number, $0.text) }))
      ]
    } catch {
      // The statistics of a client contain no clients.
      if error.code != .unsupported { notes.append("\(text.file): \(error)") }
      return []
    }
  }

  func ends(with text: String) -> Bool { text == "END" || text == "END\r" }

  /// The text from the status's title on; pasted text may have other lines in front.
  private static func fromTitle(_ lines: [PastedText.Line]) -> [UInt8] {
    let start = lines.firstIndex { line in
      ["OpenVPN CLIENT LIST", "TITLE,", "TITLE\t"].contains { line.text.hasPrefix($0) }
    }
    return Array(lines[(start ?? 0)...].map { $0.text + "\n" }.joined().utf8)
  }
}

/// A configuration of OpenVPN. It does not show who is connected.
struct OpenVPNConfigurationOutput: PastedOutput {
  let name = "OpenVPN configuration"
  let isOfHost = false
  let signs: [PastedSign] = [
    .twoLines("options of OpenVPN") { line in
      let words = PastedWords.split(line)
      guard let first = words.first else { return false }
      return [
        "dev", "dev-type", "proto", "client-config-dir", "ifconfig-pool-persist", "remote", "server", "client", "push",
        "keepalive", "topology", "status", "tls-server", "tls-client", "verb", "nobind",
      ].contains(first) && words.count <= 5 && !line.hasSuffix(";") && !line.hasSuffix("{")
    },
    .fileName { $0.contains(".ovpn") },
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<Never>] { [] }
}
