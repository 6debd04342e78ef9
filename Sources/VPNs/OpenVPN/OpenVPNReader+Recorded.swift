public import Flows

/// A recorded status of a server.
public struct RecordedOpenVPNStatus: Sendable {
  public var status: OpenVPNStatus
  /// The file's name on its host, if it is known.
  public var name: String
  private let lines: [(number: Int, text: String)]

  public init(_ status: OpenVPNStatus, name: String, lines: [(number: Int, text: String)]) {
    self.status = status
    self.name = name
    self.lines = lines
  }

  /// The number of the line in the routing table or client list that has `text` as a field.
  public func line(of text: String) -> Int {
    let isSeparator = { (character: Character) in character == "," || character == "\t" }
    let found = lines.last { $0.text.split(whereSeparator: isSeparator).contains { $0 == text || $0 == text + "C" } }
    return found?.number ?? lines.first?.number ?? 0
  }
}

extension OpenVPNReader {
  public func listings(in findings: any RecordedFindings) -> [RecordedTunnelListing] {
    findings.all(RecordedOpenVPNStatus.self).map { found in
      RecordedTunnelListing(device: nil, kind: .tun) { address in
        guard found.value.status.client(for: address) != nil else { return nil }
        return EvidenceLine(file: found.source.file, line: found.value.line(of: "\(address)"))
      }
    }
  }

  public func peers(behind device: RecordedTunnelDevice) throws(TunnelError) -> any TunnelPeers {
    let statuses = device.findings.all(RecordedOpenVPNStatus.self)
    guard !statuses.isEmpty else {
      throw TunnelError(
        .absent, "find OpenVPN's clients",
        cause: "no status of the VPN is in the bundle: collect OpenVPN's status file (its option status)")
    }
    // An address is given again: the newest status says whose it is. What has no time comes last, in the order given.
    let newest = statuses.enumerated().sorted { one, other in
      let (first, second) = (one.element.value.status.written ?? 0, other.element.value.status.written ?? 0)
      return first == second ? one.offset < other.offset : first > second
    }
    return RecordedOpenVPNPeers(
      answer: TunnelAnswer(unknownBehind: device, type: type), statuses: newest.map(\.element), device: device)
  }
}

private struct RecordedOpenVPNPeers: TunnelPeers {
  let answer: TunnelAnswer
  let statuses: [Evident<RecordedOpenVPNStatus>]
  let device: RecordedTunnelDevice

  func answer(for address: IPAddress) -> TunnelAnswer {
    var answer = answer
    for found in statuses {
      guard let match = found.value.status.client(for: address) else { continue }
      let source = EvidenceLine(file: found.source.file, line: found.value.line(of: Self.text(match.prefix)))
      let command = device.findings.command(showing: source)
      let clients = OpenVPNClients(
        status: found.value.status,
        source: OpenVPNSource(kind: .statusFile, name: found.value.name, command: command ?? ""))
      guard let client = clients.client(for: address) else { continue }
      answer.adopt(client, device.listener?.transport ?? .udp, port: device.listener?.port ?? 0)
      answer.evidence = [
        Evidence(
          "openvpn",
          "\(source): \(client.prefix) is \(client.commonName ?? "a peer without a name")"
            + (client.peer.map { " at \($0)" } ?? ""), command: command)
      ]
      return answer
    }
    let files = statuses.map(\.source.file).joined(separator: ", ")
    answer.reason = "client unknown, because \(files) has none for \(address)"
    return answer
  }

  /// A prefix as the status prints it; a single host's prefix as an address.
  private static func text(_ prefix: Prefix) -> String {
    prefix.length == prefix.address.bitWidth ? "\(prefix.address)" : "\(prefix)"
  }
}
