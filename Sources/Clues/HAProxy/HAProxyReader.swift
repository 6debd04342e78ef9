internal import Flows
public import LinuxSystem

/// HAProxy: its configuration, and on its stats socket the sessions that it has now.
public struct HAProxyReader: RelayReader {
  public let software = "haproxy"
  public let kind = "reverse proxy"
  public let programs: ProgramNames = ["haproxy*"]
  public let reads: RelayAbilities = [.configuration, .sessions]
  /// It logs through syslog.
  public let usualLogs = ["/var/log/haproxy.log"]

  public init() {}

  public func read(_ program: RunningProgram) throws(RelayError) -> any RelayReading {
    do throws(HAProxyError) {
      return HAProxyReading(
        try HAProxyProcess(reading: program.pid, from: program.files), at: program.place)
    } catch {
      let code: RelayError.Code =
        switch error.code {
        case .noProcess: .noProcess
        case .notPermitted: .denied
        default: .failed
        }
      throw RelayError(code, error.operation, cause: error.cause)
    }
  }
}

/// A running HAProxy.
private struct HAProxyReading: RelayReading {
  private let process: HAProxyProcess
  private let place: Place

  init(_ process: HAProxyProcess, at place: Place) {
    self.process = process
    self.place = place
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
      answer.notes.append("its sessions are not known: \(error)")
    }
    return answer
  }

  /// How a person asks the same, where the socket is a file.
  private var question: String? {
    for socket in process.configuration.statsSockets + process.commandLine.masterSockets {
      guard case .unix(let path) = socket.address.host, path.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 39 }) else {
        continue
      }
      return "echo 'show sess all' | socat - 'UNIX-CONNECT:/proc/\(process.pid)/root\(path)'"
    }
    return nil
  }

  func sites() -> SitesAnswer? { nil }
  func logs() -> [ServedLog] { [] }
  func files() -> [ProgramFile] { process.configuration.files.map { ProgramFile($0, isConfiguration: true) } }
}
