public import Flows
public import LinuxSystem
public import Programs

/// A tunnel device of SSH (`ssh -w`): one at each end of one session, without addresses of its own.
public struct SSHTunnelReader: TunnelReader {
  public let type = "ssh"
  public let title = "SSH tunnel (*)"
  public let programs: ProgramNames = ["ssh", "sshd", "sshd-session"]
  public var kernelKind: InterfaceKind? { nil }
  public var limitation: String? { nil }
  public var script: CollectingStep? { nil }

  public init() {}

  public func peers(behind device: TunnelDevice) -> any TunnelPeers {
    var answer = TunnelAnswer(unknownBehind: device, type: type)
    answer.adopt(device.program?.process)
    return UnreadPeers(answer: answer)
  }

  public func peers(behind device: RecordedTunnelDevice) -> any TunnelPeers {
    var answer = TunnelAnswer(unknownBehind: device, type: type)
    answer.adopt(device.owner.process)
    return UnreadPeers(answer: answer)
  }

  public func listings(in findings: any RecordedFindings) -> [RecordedTunnelListing] { [] }

  public func files(of program: RunningProgram) -> ProgramEvidence { ProgramEvidence() }
}

extension TunnelAnswer {
  /// A session of sshd has its account in its title; ssh is the client's end.
  fileprivate mutating func adopt(_ process: Process?) {
    hasOneClient = true
    guard let process, let user = SSHSession.user(of: process) else {
      isClient = process.map { ProgramNames.candidates($0).contains("ssh") } ?? false
      reason =
        "client unknown, because "
        + (isClient
          ? "ssh is the client of this tunnel: the address is behind its server"
          : "no title of a session of sshd names its account")
      return
    }
    tunnel.client = user
    certainty = .observed
    evidence = [
      Evidence(
        "ssh", "\(process.name) (pid \(process.pid)) serves a session of \(user)",
        command: "ps -o args= -p \(process.pid)")
    ]
  }
}
