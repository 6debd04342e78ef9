internal import Flows
public import LinuxSystem
public import Programs

/// Reads HAProxy: its configuration, and its current sessions on the stats socket.
public struct HAProxyReader: RelayReader {
  public let software = "haproxy"
  public let kind = "reverse proxy"
  public let programs: ProgramNames = ["haproxy*"]
  public let reads: RelayAbilities = [.configuration, .sessions, .logs]
  /// HAProxy logs through syslog.
  public let usualLogs = ["/var/log/haproxy.log"]

  public init() {}

  public func read(_ program: RunningProgram) throws(RelayError) -> any RelayReading {
    do throws(HAProxyError) {
      return HAProxyReading(
        try HAProxyProcess(reading: program.pid, from: program.files), program)
    } catch {
      throw RelayError(error)
    }
  }
}

/// A running HAProxy that was read.
private struct HAProxyReading: RelayReading {
  private let process: HAProxyProcess
  private let program: RunningProgram
  private var place: Place { program.place }

  init(_ process: HAProxyProcess, _ program: RunningProgram) {
    self.process = process
    self.program = program
  }

  var problems: [String] { process.unreadable }

  func answer() -> RelayAnswer {
    let configuration = process.configuration
    var answer = RelayAnswer(configuration)
    answer.notes = process.unreadable
    do throws(HAProxyError) {
      let sessions = try HAProxyRuntime(process).sessions()
      answer.sessions = sessions.compactMap { configuration.link($0, at: place) }
      answer.sessionCommand = question
    } catch {
      answer.notes.append("its sessions could not be read: \(error)")
    }
    return answer
  }

  /// The command with which a person lists the sessions; nil unless the socket is a file.
  private var question: String? {
    for socket in process.configuration.statsSockets + process.commandLine.masterSockets {
      // Some characters have a meaning for socat inside an address.
      guard case .unix(let path) = socket.address.host, !path.contains(where: { #",:!"'\()[]{}"#.contains($0) }) else {
        continue
      }
      let address = "UNIX-CONNECT:/proc/\(process.pid)/root\(path)"
      let command: ShellCommand = "echo 'show sess all' | socat - \(address)"
      if let text = command.text { return text }
    }
    return nil
  }

  func sites() -> SitesAnswer? { nil }
  /// The logs that it has open itself, such as the file that its standard output goes to (`log stdout`). Logs that
  /// syslog writes are not among them.
  func logs() throws(RelayError) -> [ServedLog] { try OpenLogs.all(of: program, software: "haproxy") }

  func files() -> ProgramEvidence {
    let process = process
    return ProgramEvidence(
      process.configuration.files.map { path in
        ProgramFile(path, .haproxy) { try process.content(of: path) }
      }, unread: process.unreadable)
  }
}

extension RelayError {
  fileprivate init(_ error: HAProxyError) {
    let code: Code =
      switch error.code {
      case .absent: .absent
      case .denied: .denied
      case .slow: .slow
      case .malformed: .malformed
      case .excessive: .excessive
      case .unsupported: .unsupported
      case .own(.noProcess): .own(.noProcess)
      case .broken, .own: .broken
      }
    self.init(code, error.operation, cause: error.cause.map { .said("\($0)") })
  }
}
