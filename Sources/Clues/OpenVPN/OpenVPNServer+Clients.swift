public import Flows
internal import LinuxSystem

extension OpenVPNServer {
  /// How long a status file may be older than its interval says before it counts as stale, in intervals.
  private static let slack = 2.0

  /// The client that has `address` in the VPN, or behind which it lies; throws the reason if it is not known.
  ///
  /// A status file may be an interval old: where it knows no such client the management interface is asked too.
  public func client(for address: IPAddress) throws(OpenVPNUnknown) -> OpenVPNClient {
    let known = try clients()
    if let client = known.client(for: address) { return client }
    if known.source.kind == .statusFile, let now = try? askManagement() {
      if let client = now.client(for: address) { return client }
      throw OpenVPNUnknown(
        reason: "OpenVPN (pid \(pid)) has no client for \(address), says \(now.source.name)",
        command: now.source.command)
    }
    if known.source.kind == .statusFile, let planned = addressFiles()?.client(for: address) { return planned }
    let doubt = known.source.doubt.map { ", which is \($0)" } ?? ""
    throw OpenVPNUnknown(
      reason: "OpenVPN (pid \(pid)) has no client for \(address) in \(known.source.name)\(doubt)",
      command: known.source.command)
  }

  /// All that is known of its clients; throws why nothing is.
  public func clients() throws(OpenVPNUnknown) -> OpenVPNClients {
    var reasons: [String] = []
    if configuration.role == .client {
      let server = configuration.remotes.first?.arguments.first.map { " of \($0)" } ?? ""
      throw OpenVPNUnknown(reason: "process \(pid) is itself a client\(server): it gives no addresses to others")
    }
    var stale: OpenVPNClients?
    do throws(OpenVPNError) {
      stale = try readStatusFile()
      if let stale, stale.source.doubt == nil { return stale }
    } catch { reasons.append("\(error)") }
    do throws(OpenVPNError) {
      if let asked = try askManagement() { return asked }
    } catch { reasons.append("\(error)") }
    if let stale { return stale }
    if let planned = addressFiles() { return planned }
    reasons += configuration.problems.map(\.description)
    let repair =
      if configuration.statusFile == nil {
        "add `status /run/openvpn/status.log 10` to \(configuration.files.first ?? "its configuration") and restart it"
      } else {
        "make its status file readable, or add `management 127.0.0.1 7505`"
      }
    if configuration.statusFile == nil, configuration.options["management"] == nil, configuration.problems.isEmpty {
      reasons.append("it writes no status file and has no management interface")
    }
    throw OpenVPNUnknown(
      reason: "the clients of OpenVPN (pid \(pid)) are not known: \(reasons.joined(separator: "; ")); \(repair)")
  }

  /// The status file, read again after a moment if it was being written; nil if there is none.
  func readStatusFile() throws(OpenVPNError) -> OpenVPNClients? {
    guard let setting = configuration.statusFile else { return nil }
    let operation = "read OpenVPN's status file \(setting.path), set at \(setting.place)"
    let file: ProcessRoot.File
    let status: OpenVPNStatus
    do {
      let root = try self.root()
      var first = try root.read(setting.path, limit: OpenVPNManagement.sizeLimit)
      var parsed = Result { () throws(OpenVPNError) in try Self.parse(first) }
      // Written line after line into the old text: a moment later it is whole again.
      for _ in 0..<3 where Self.isBeingWritten(first, parsed) {
        _ = Readiness.wait(readable: [Int32](), seconds: 0.05)
        first = try root.read(setting.path, limit: OpenVPNManagement.sizeLimit)
        parsed = Result { () throws(OpenVPNError) in try Self.parse(first) }
      }
      file = first
      status = try parsed.get()
    } catch let error as SystemError {
      throw OpenVPNError(error, operation)
    } catch let error as OpenVPNError {
      throw OpenVPNError(error.code, operation, cause: error.cause)
    } catch {
      throw OpenVPNError(.malformed, operation, cause: "\(error)")
    }
    let age = max(0, SystemClock.now() - (status.written ?? file.modified))
    var doubts: [String] = []
    if age > setting.interval * Self.slack + 1 {
      let rhythm = setting.interval > 0 ? "every \(Self.seconds(setting.interval))" : "only at its start"
      doubts.append("\(Self.seconds(age)) old, though it is to be written \(rhythm)")
    }
    if !status.isComplete { doubts.append("torn or cut short") }
    return OpenVPNClients(
      status: status,
      source: OpenVPNSource(
        kind: .statusFile, name: setting.path, age: age,
        doubt: doubts.isEmpty ? nil : doubts.joined(separator: ", and "),
        command: OpenVPNCommand.show(setting.path, in: tree)))
  }

  private static func parse(_ file: ProcessRoot.File) throws(OpenVPNError) -> OpenVPNStatus {
    try OpenVPNStatus(parsing: file.content, modified: file.modified)
  }

  /// A write within the last moment may be one of many.
  private static func isBeingWritten(_ file: ProcessRoot.File, _ parsed: Result<OpenVPNStatus, OpenVPNError>) -> Bool {
    if abs(SystemClock.now() - file.modified) < 0.02 { return true }
    return switch parsed {
    case .success(let status): !status.isComplete
    case .failure(let error): error.code == .absent
    }
  }

  private static func seconds(_ value: Double) -> String { "\(Int(min(value, 1e9).rounded())) s" }

  /// What the management interface says; nil if there is none.
  func askManagement() throws(OpenVPNError) -> OpenVPNClients? {
    guard let management = try OpenVPNManagement(configuration) else { return nil }
    let root = try root()
    let answer = try management.status(in: root, networkNamespace: networkNamespace)
    return OpenVPNClients(
      status: try OpenVPNStatus(parsing: answer),
      source: OpenVPNSource(
        kind: .management, name: "management interface \(management.address)", age: nil, doubt: nil,
        command: OpenVPNCommand.ask(management, in: tree, networkNamespace: networkNamespace)))
  }

  func root() throws(OpenVPNError) -> ProcessRoot {
    do throws(SystemError) {
      return try ProcessRoot(path: tree, workingDirectory: workingDirectory)
    } catch {
      throw OpenVPNError(error, "look at the files of process \(pid)")
    }
  }
}
