public import Flows
public import LinuxSystem
public import Programs

/// ocserv, the server of OpenConnect and AnyConnect clients: a worker for each client, which holds that client's device.
public struct OcservReader: TunnelReader {
  public let type = "openconnect"
  public let title = "ocserv"
  public let programs: ProgramNames = ["ocserv-worker"]
  public var kernelKind: InterfaceKind? { nil }
  public var limitation: String? { nil }
  public var script: CollectingStep? { nil }

  public init() {}

  /// Without an answer of ocserv the worker's connections still tell where its client is.
  public func peers(behind device: TunnelDevice) -> any TunnelPeers {
    var answer = TunnelAnswer(unknownBehind: device, type: type)
    answer.hasOneClient = true
    guard let program = device.program else {
      answer.reason = "client unknown, because no process holds \(device.name) open"
      return UnreadPeers(answer: answer)
    }
    let socket = Self.configuration(of: program).flatMap { OcservControl.socket(in: $0) }
    let control = OcservControl(root: program.root, socket: socket ?? OcservControl.usual)
    let command: ShellCommand =
      socket.map { "occtl -s \($0) --json show users" } ?? "occtl --json show users"
    do throws(TunnelError) {
      let users = try control.users().filter { $0.device == device.name }
      guard users.count == 1, let user = users.first, !user.name.isEmpty else {
        answer.reason =
          "client unknown, because ocserv lists \(users.isEmpty ? "nobody" : "more than one client") behind \(device.name)"
        return UnreadPeers(answer: answer)
      }
      answer.adopt(user, command: command.text)
      return OcservPeers(answer: answer, addresses: user.addresses)
    } catch {
      answer.reason = "client unknown, because \(error)"
    }
    return UnreadPeers(answer: answer)
  }

  /// ocserv's answers are not among recorded outputs.
  public func peers(behind device: RecordedTunnelDevice) -> any TunnelPeers {
    UnreadPeers(
      answer: TunnelAnswer(
        unknownBehind: device, type: type,
        reason: "client unknown, because the bundle has no list of ocserv's clients (`occtl show users`)"))
  }

  public func listings(in findings: any RecordedFindings) -> [RecordedTunnelListing] { [] }

  /// Its configuration may hold secrets, and its list is asked for.
  public func files(of program: RunningProgram) -> ProgramEvidence { ProgramEvidence() }

  /// The text that the worker was started with; nil where it can't be read, as in a worker's own chroot.
  private static func configuration(of program: RunningProgram) -> String? {
    let words = program.process.command ?? []
    let named = words.firstIndex(of: "-c").flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
    for path in named.map({ [$0] }) ?? OcservControl.configurations {
      // One of several usual places: the next one may have it, and without any the usual socket is asked.
      if let content = try? program.root.read(path, limit: 1 << 20) {
        return String(decoding: content.bytes, as: UTF8.self)
      }
    }
    return nil
  }
}

/// The one client behind a worker's device, whichever of its addresses, or of those behind it, is asked for.
private struct OcservPeers: TunnelPeers {
  let answer: TunnelAnswer
  let addresses: [IPAddress]

  func answer(for address: IPAddress) -> TunnelAnswer {
    var answer = answer
    if addresses.contains(address) { answer.tunnel.address = address }
    return answer
  }
}

extension TunnelAnswer {
  /// Takes over what ocserv says of the device's client.
  fileprivate mutating func adopt(_ user: OcservUser, command: String?) {
    tunnel.client = user.name
    tunnel.realAddress = user.realAddress?.description
    tunnel.connectedSince = user.connectedSince.flatMap { SystemClock.text(Double($0)) }
    certainty = .observed
    let machine = user.hostName.map { " (it calls its machine \($0))" } ?? ""
    evidence = [
      Evidence(
        "ocserv",
        "\(tunnel.interface ?? "the device") is \(user.name)'s\(user.realAddress.map { " from \($0)" } ?? "")\(machine)",
        command: command)
    ]
    // It has a connection over TCP, and one over UDP where DTLS works: either may carry the packets.
    if let address = user.realAddress {
      carrier = Flow(.udp, from: Endpoint(address, 0), to: Endpoint(address.isV4 ? .anyV4 : .anyV6, 0))
    }
  }
}
