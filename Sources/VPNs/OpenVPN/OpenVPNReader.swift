public import Flows
public import LinuxSystem
public import Programs

/// Reads OpenVPN's servers and clients.
public struct OpenVPNReader: TunnelReader {
  public let type = "openvpn"
  public let title = "OpenVPN"
  public let programs: ProgramNames = ["openvpn", "openvpn3-service*"]
  public var kernelKind: InterfaceKind? { nil }
  public var limitation: String? { nil }

  public init() {}

  public func peers(behind device: TunnelDevice) throws(TunnelError) -> any TunnelPeers {
    let answer = TunnelAnswer(unknownBehind: device, type: type)
    guard let program = device.program else {
      throw TunnelError(.absent, "read OpenVPN's configuration", cause: "no process holds \(device.name) open")
    }
    let server: OpenVPNServer
    do throws(OpenVPNError) {
      server = try OpenVPNServer(pid: program.pid, proc: program.files.root)
    } catch {
      throw TunnelError(error, "read the configuration of OpenVPN (pid \(program.pid))")
    }
    guard server.configuration.role != .client else { return OpenVPNClientEnd(answer, server.configuration) }
    let clients = Result { () throws(OpenVPNUnknown) in try server.clients() }
    return OpenVPNPeers(answer: answer, server: server, clients: clients)
  }

  public func files(of program: RunningProgram) throws(TunnelError) -> ProgramEvidence {
    let process = program.process
    // The process may only have the name: what is not OpenVPN has none of its files.
    guard OpenVPNServer.matches(command: process.command ?? [], executable: process.executable) else {
      return ProgramEvidence()
    }
    do throws(OpenVPNError) {
      let server = try OpenVPNServer(pid: program.pid, proc: program.files.root)
      var evidence = ProgramEvidence(
        server.configuration.files.map { path in ProgramFile(path, .openvpn) { try server.content(of: path) } },
        unread: server.configuration.problems.map { "\($0)" })
      do {
        if let (path, bytes) = try server.statusText() { evidence.files.append(ProgramFile(path, .status) { bytes }) }
      } catch {
        evidence.unread.append("\(error)")
      }
      return evidence
    } catch {
      throw TunnelError(error, "read the configuration of OpenVPN (pid \(program.pid))")
    }
  }
}

extension TunnelError {
  init(_ error: OpenVPNError, _ operation: String) {
    let code: Code =
      switch error.code {
      case .absent: .absent
      case .denied, .own(.wrongPassword): .denied
      case .slow, .own(.busy): .slow
      case .malformed: .malformed
      case .excessive: .excessive
      case .unsupported: .unsupported
      case .broken: .broken
      }
    self.init(code, operation, cause: .said("\(error)"))
  }
}

/// A server's clients, as it reports them now.
private struct OpenVPNPeers: TunnelPeers {
  let answer: TunnelAnswer
  let server: OpenVPNServer
  let clients: Result<OpenVPNClients, OpenVPNUnknown>

  func answer(for address: IPAddress) -> TunnelAnswer {
    var answer = answer
    let configuration = server.configuration
    do throws(OpenVPNUnknown) {
      answer.adopt(
        try client(for: address), configuration.transport.hasPrefix("tcp") ? .tcp : .udp, port: configuration.port ?? 0)
    } catch {
      answer.reason = "client unknown, because \(error.reason)"
      if let command = error.command {
        answer.evidence = [Evidence("openvpn", "no client with this address was found", command: command)]
      }
    }
    return answer
  }

  private func client(for address: IPAddress) throws(OpenVPNUnknown) -> OpenVPNClient {
    if let client = try clients.get().client(for: address) { return client }
    return try server.client(for: address)
  }
}

/// The client's side of a VPN: everything behind its device is behind the server.
private struct OpenVPNClientEnd: TunnelPeers {
  private var answer: TunnelAnswer

  init(_ answer: TunnelAnswer, _ configuration: OpenVPNConfiguration) {
    self.answer = answer
    let remote = configuration.remotes.first?.arguments ?? []
    self.answer.isClient = true
    self.answer.certainty = .observed
    self.answer.tunnel.realAddress = remote.first.map { host in
      IPAddress(host).flatMap { address in
        remote.count > 1 ? UInt16(remote[1]).map { "\(Endpoint(address, $0))" } : nil
      } ?? remote.prefix(2).joined(separator: ":")
    }
  }

  func answer(for address: IPAddress) -> TunnelAnswer { answer }
}
