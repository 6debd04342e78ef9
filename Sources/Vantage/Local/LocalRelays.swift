internal import Clues
internal import Flows
internal import LinuxSystem

/// What the relays of this host say of themselves.
struct LocalRelays {
  private let files = ProcessFiles()

  /// What process `process` says; its sockets are in `namespace`.
  func answer(_ process: Process, _ namespace: Place) -> RelayAnswer {
    if HAProxyProcess.isHAProxy(name: process.name, executable: process.executable) {
      return haproxy(process, namespace)
    }
    if NginxInvocation.isNginx(process) { return nginx(process) }
    guard let software = RelaySoftware(process) else {
      return RelayAnswer(software: process.name, isRelay: false, isOneToOne: false)
    }
    return RelayAnswer(software: software.software, isRelay: true, isOneToOne: software.pairing == .oneToOne)
  }

  // MARK: HAProxy

  private func haproxy(_ process: Process, _ namespace: Place) -> RelayAnswer {
    var answer = RelayAnswer(software: "haproxy", isRelay: true, isOneToOne: false)
    let known: HAProxyProcess
    do throws(HAProxyError) { known = try HAProxyProcess(reading: process.pid, from: files) } catch {
      answer.notes = ["\(error)"]
      return answer
    }
    let configuration = known.configuration
    answer = RelayAnswer(configuration)
    answer.notes = known.unreadable
    do throws(HAProxyError) {
      let sessions = try HAProxyRuntime(known).sessions()
      answer.sessions = sessions.compactMap { configuration.link($0, in: namespace) }
      answer.sessionCommand = Self.question(known)
    } catch {
      answer.notes.append("its sessions are not known: \(error)")
    }
    return answer
  }

  /// How a person asks the same, where the socket is a file.
  private static func question(_ process: HAProxyProcess) -> String? {
    for socket in process.configuration.statsSockets + process.commandLine.masterSockets {
      // Some characters mean something to socat within an address.
      guard case .unix(let path) = socket.address.host, !path.contains(where: { #",:!"'\()[]{}"#.contains($0) }) else {
        continue
      }
      let address = "UNIX-CONNECT:/proc/\(process.pid)/root\(path)"
      let command: ShellCommand = "echo 'show sess all' | socat - \(address)"
      if let text = command.text { return text }
    }
    return nil
  }

  // MARK: nginx

  private func nginx(_ process: Process) -> RelayAnswer {
    var answer = RelayAnswer(software: "nginx", isRelay: true, isOneToOne: false)
    guard let configuration = NginxConfiguration(of: process.pid, in: files) else {
      answer.notes = ["the configuration of nginx (pid \(process.pid)) is not to be seen"]
      return answer
    }
    answer = RelayAnswer(configuration)
    return answer
  }
}
