public import Flows

/// A device in a recorded output of `wg show`.
public struct RecordedWireGuardDevice: Hashable, Sendable {
  public var device: WireGuardDevice
  /// The line number of each peer.
  public var lines: [WireGuardPublicKey: Int]

  public init(device: WireGuardDevice, lines: [WireGuardPublicKey: Int] = [:]) {
    self.device = device
    self.lines = lines
  }
}

extension WireGuardReader {
  public func listings(in findings: any RecordedFindings) -> [RecordedTunnelListing] {
    findings.all(RecordedWireGuardDevice.self).map { found in
      RecordedTunnelListing(device: found.value.device.name, kind: .wireguard) { address in
        guard let claim = found.value.device.claim(on: address), claim.prefix.length > 0 else { return nil }
        return found.source
      }
    }
  }

  public func peers(behind device: RecordedTunnelDevice) throws(TunnelError) -> any TunnelPeers {
    let found = device.findings.all(RecordedWireGuardDevice.self).last { $0.value.device.name == device.name }
    guard let found else {
      throw TunnelError(
        .absent, "find the peers of \(device.name)",
        cause: "the bundle has none: collect \(device.inPlace("wg show all dump"))")
    }
    var names = WireGuardPeerNames()
    for some in device.findings.everywhere(WireGuardPeerNames.self) { names.add(some.value) }
    return RecordedWireGuardPeers(
      answer: TunnelAnswer(unknownBehind: device, type: type), found: found, device: device, names: names)
  }
}

private struct RecordedWireGuardPeers: TunnelPeers {
  let answer: TunnelAnswer
  let found: Evident<RecordedWireGuardDevice>
  let device: RecordedTunnelDevice
  let names: WireGuardPeerNames

  func answer(for address: IPAddress) -> TunnelAnswer {
    var answer = answer
    let read = found.value.device
    let line = read.claim(on: address)?.peer.flatMap { found.value.lines[$0.publicKey] } ?? found.source.line
    let source = EvidenceLine(file: found.source.file, line: line)
    answer.adopt(
      read, address, behind: device.name, device.addresses, names: names,
      command: device.findings.command(showing: source))
    if let first = answer.evidence.first { answer.evidence[0].detail = "\(source): \(first.detail)" }
    return answer
  }
}
