internal import LinuxSystem

extension OpenVPNServer {
  /// How many intervals old a status file may be before it counts as outdated.
  private static let slack = 2.0

  /// The status file's content, read again after a moment if it was being written; nil if there is no file.
  func readStatusFile() throws(OpenVPNError) -> OpenVPNClients? {
    guard let found = try findStatusFile() else { return nil }
    return try clients(found)
  }

  /// The text of the status file, with the path by which the process names it; nil if there is no file.
  public func statusText() throws -> (path: String, bytes: [UInt8])? {
    guard let found = try findStatusFile() else { return nil }
    return (found.path, found.reading.file.bytes)
  }

  /// A file that was found, with what is known about it.
  private struct Found {
    var reading: Reading
    var operation: String
    var path: String
    /// Seconds between two writes.
    var interval: Double
    /// A command that shows the same to a person.
    var command: String?
  }

  /// Finds the status file. OpenVPN keeps it open, so it is found among the open files if the configuration can't be
  /// read, if its path is not valid any more, or if the process may not open it again (`user nobody`).
  private func findStatusFile() throws(OpenVPNError) -> Found? {
    guard let setting = configuration.statusFile else { return try openStatusFile() }
    let operation = "read OpenVPN's status file \(setting.path), set at \(setting.place)"
    do throws(OpenVPNError) {
      let root = try root()
      let reading = try Self.settled(operation) { (limit) throws(SystemError) in
        try root.read(setting.path, limit: limit)
      }
      // A file that is no status is no status file, whatever its name is.
      if case .failure(let error) = reading.status, error.code == .malformed { throw error }
      return Found(
        reading: reading, operation: operation, path: setting.path, interval: setting.interval,
        command: OpenVPNCommand.show(setting.path, in: tree))
    } catch {
      // If that does not help either, the first error says what to change.
      guard error.code != .unsupported, let found = try? openStatusFile() else { throw error }
      return found
    }
  }

  private static func isStatus(_ start: [UInt8]) -> Bool {
    ["OpenVPN CLIENT LIST\n", "TITLE,OpenVPN", "TITLE\tOpenVPN"].contains { start.starts(with: $0.utf8) }
  }

  /// The open file that begins like a status; nil if the process has none.
  private func openStatusFile() throws(OpenVPNError) -> Found? {
    let process = ProcessFiles(root: proc)
    let files: [(number: Int32, path: String)]
    do throws(SystemError) { files = try process.openFiles(pid) } catch {
      throw OpenVPNError(named: error, "read the open files of process \(pid)")
    }
    var refusal: SystemError?
    for (number, path) in files {
      do throws(SystemError) {
        guard Self.isStatus(try process.readOpenFile(number, of: pid, limit: 64, evenIfOnlyWritten: true).bytes) else {
          continue
        }
      } catch {
        // Closed meanwhile, or no regular file.
        if !error.errno.isAbsence, error.errno != .invalid, error.errno != .isFolder { refusal = refusal ?? error }
        continue
      }
      let operation = "read OpenVPN's status file, descriptor \(number) of process \(pid)"
      let reading = try Self.settled(operation) { (limit) throws(SystemError) in
        try process.readOpenFile(number, of: pid, limit: limit, evenIfOnlyWritten: true)
      }
      return Found(
        reading: reading, operation: operation, path: path, interval: configuration.statusFile?.interval ?? 60,
        command: OpenVPNCommand.show("\(pid)/fd/\(number)", in: proc))
    }
    if let refusal { throw OpenVPNError(refusal, "look for a status file among the open files of process \(pid)") }
    return nil
  }

  /// A status file's content at one moment.
  private struct Reading {
    var file: FileContent
    var status: Result<OpenVPNStatus, OpenVPNError>

    /// Whether the file is being written. It is rewritten in place line by line, so a very recent write may be one of
    /// many.
    var isBeingWritten: Bool {
      if abs(SystemClock.now() - file.modified) < 0.02 { return true }
      return switch status {
      case .success(let status): !status.isComplete
      case .failure(let error): error.code == .absent
      }
    }
  }

  private static func read(
    _ operation: String, _ content: (_ limit: Int) throws(SystemError) -> FileContent
  ) throws(OpenVPNError) -> Reading {
    let file: FileContent
    do throws(SystemError) {
      file = try content(OpenVPNManagement.sizeLimit)
    } catch {
      throw OpenVPNError(named: error, operation)
    }
    do throws(OpenVPNError) {
      return Reading(file: file, status: .success(try OpenVPNStatus(parsing: file.bytes, modified: file.modified)))
    } catch {
      return Reading(file: file, status: .failure(error))
    }
  }

  private static func settled(
    _ operation: String, _ content: (_ limit: Int) throws(SystemError) -> FileContent
  ) throws(OpenVPNError) -> Reading {
    var file = try read(operation, content)
    for _ in 0..<3 where file.isBeingWritten {
      pause()
      file = try read(operation, content)
    }
    return file
  }

  private static func pause() { _ = Readiness.wait(readable: [Int32](), seconds: 0.05) }

  private func clients(_ found: Found) throws(OpenVPNError) -> OpenVPNClients {
    let (reading, interval) = (found.reading, found.interval)
    let status: OpenVPNStatus
    do throws(OpenVPNError) {
      status = try reading.status.get()
    } catch {
      throw OpenVPNError(error.code, found.operation, cause: error.cause)
    }
    let age = max(0, SystemClock.now() - (status.written ?? reading.file.modified))
    var doubts: [String] = []
    if age > interval * Self.slack + 1 {
      let rhythm = interval > 0 ? "every \(Self.seconds(interval))" : "only at its start"
      doubts.append("\(Self.seconds(age)) old, although OpenVPN writes it \(rhythm)")
    }
    if !status.isComplete { doubts.append("incomplete") }
    return OpenVPNClients(
      status: status,
      source: OpenVPNSource(
        kind: .statusFile, name: found.path, age: age,
        doubt: doubts.isEmpty ? nil : doubts.joined(separator: ", and "), command: found.command))
  }

  private static func seconds(_ value: Double) -> String { "\(Int(min(value, 1e9).rounded())) s" }
}
