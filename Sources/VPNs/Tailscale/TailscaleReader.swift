public import Flows
public import LinuxSystem
public import Programs

/// Reads Tailscale, also with Headscale: a mesh in which every machine is a peer.
public struct TailscaleReader: TunnelReader {
  public let type = "tailscale"
  public let title = "Tailscale"
  public let programs: ProgramNames = ["tailscaled", "tailscale"]
  public var kernelKind: InterfaceKind? { nil }
  public var limitation: String? { nil }
  public var script: CollectingStep? { nil }

  public init() {}

  public func peers(behind device: TunnelDevice) throws(TunnelError) -> any TunnelPeers {
    guard let program = device.program else {
      throw TunnelError(.absent, "list Tailscale's peers", cause: "no process holds \(device.name) open")
    }
    let line = TailscaleCommandLine(program.process.command ?? [])
    let daemon = TailscaleDaemon(root: program.root, sockets: line.socket.map { [$0] } ?? TailscaleDaemon.sockets)
    let command: ShellCommand =
      line.socket.map { "tailscale --socket \($0) status --json" } ?? "tailscale status --json"
    return TailscalePeers(
      answer: TunnelAnswer(unknownBehind: device, type: type), status: try daemon.status(),
      command: command.text)
  }

  public func listings(in findings: any RecordedFindings) -> [RecordedTunnelListing] {
    findings.all(TailscaleStatus.self).map { found in
      RecordedTunnelListing(device: "tailscale0", kind: .tun) { address in
        guard let claim = found.value.owner(of: address), claim.prefix.length > 0 else { return nil }
        return found.source
      }
    }
  }

  public func peers(behind device: RecordedTunnelDevice) throws(TunnelError) -> any TunnelPeers {
    guard let found = device.findings.all(TailscaleStatus.self).last else {
      throw TunnelError(
        .absent, "find Tailscale's peers",
        cause: "the bundle has none: collect \(device.inPlace("tailscale status --json"))")
    }
    return TailscalePeers(
      answer: TunnelAnswer(unknownBehind: device, type: type), status: found.value,
      command: device.findings.command(showing: found.source))
  }

  /// None: its state file holds keys, and nothing else that its answers lack.
  public func files(of program: RunningProgram) -> ProgramEvidence { ProgramEvidence() }
}

/// The machines of a network, as `tailscaled` reports them now.
private struct TailscalePeers: TunnelPeers {
  let answer: TunnelAnswer
  let status: TailscaleStatus
  /// A command that shows the same to a person.
  let command: String?

  func answer(for address: IPAddress) -> TunnelAnswer {
    var answer = answer
    guard let (peer, prefix) = status.owner(of: address) else {
      let state = status.state == "Running" ? "" : ": it is not connected (\(status.state))"
      answer.reason = "client unknown, because no single Tailscale peer has \(address)\(state)"
      answer.evidence = [
        Evidence("tailscale", "\(status.peers.count) peers, no single one with \(address)", command: command)
      ]
      return answer
    }
    let isOwn = peer.prefixes.contains(prefix) && prefix.length == address.bitWidth
    // If everything is behind another machine, this one is its client.
    answer.isClient = prefix.length == 0
    answer.tunnel.client = peer.name
    answer.tunnel.adopt(prefix)
    answer.tunnel.realAddress = peer.endpoint?.description
    answer.tunnel.bytesReceived = peer.receivedBytes
    answer.tunnel.bytesSent = peer.sentBytes
    answer.certainty = .observed
    let way = peer.endpoint.map { " at \($0)" } ?? peer.relay.map { " through the relay \($0)" } ?? ""
    answer.evidence = [
      Evidence(
        "tailscale", isOwn ? "\(address) is \(peer.name)\(way)" : "\(prefix) is behind \(peer.name)\(way)",
        command: command)
    ]
    if let endpoint = peer.endpoint {
      answer.carrier = Flow(.udp, from: endpoint, to: Endpoint(endpoint.address.isV4 ? .anyV4 : .anyV6, 0))
    }
    return answer
  }
}
