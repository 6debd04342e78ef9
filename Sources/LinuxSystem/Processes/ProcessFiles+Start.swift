/// How a process was started, and its pid in its own namespace.
extension ProcessFiles {
  /// The environment that it was started with; later changes are not seen. Needs ptrace access.
  public func environment(of pid: Int32) throws(ProcessError) -> [String: String] {
    Self.environment(in: try content("environ", "environment", of: pid, limit: 1 << 20))
  }

  /// Its working directory, as a path inside its mount namespace. Needs ptrace access.
  public func workingDirectory(of pid: Int32) throws(ProcessError) -> String {
    String(decoding: try link("cwd", "working directory", of: pid), as: UTF8.self)
  }

  /// Its root, as a path inside its mount namespace: `/` unless it has changed its root. Needs ptrace access.
  public func rootDirectory(of pid: Int32) throws(ProcessError) -> String {
    String(decoding: try link("root", "root directory", of: pid), as: UTF8.self)
  }

  /// The pid in the process's own pid namespace: the last number of `NSpid:` in `/proc/PID/status`. Kernels before 4.1
  /// do not have that line; then it is `pid` itself.
  public func ownPID(of pid: Int32) throws(ProcessError) -> Int32 {
    let status = try content("status", "own pid", of: pid)
    guard let line = Self.value(of: "NSpid:", in: status) else { return pid }
    guard let number = line.split(whereSeparator: { $0 == 9 || $0 == 32 }).last.flatMap({ Decimal.number($0) }),
      let own = Int32(exactly: number)
    else { throw ProcessError("own pid", of: pid) }
    return own
  }

  /// Its children, if the kernel lists them (`CONFIG_PROC_CHILDREN`); throws `gone` if it does not.
  public func children(of pid: Int32) throws(ProcessError) -> [Int32] {
    let list = try content("task/\(pid)/children", "list of children", of: pid, limit: 1 << 20)
    return list.split(separator: 32).compactMap { Decimal.number($0).flatMap { Int32(exactly: $0) } }
  }

  /// Parses `NAME=VALUE` entries separated by zero bytes; the first one of a name wins.
  package static func environment(in content: [UInt8]) -> [String: String] {
    var variables: [String: String] = [:]
    for entry in content.split(separator: 0) {
      guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = String(decoding: entry[..<equals], as: UTF8.self)
      if variables[name] == nil { variables[name] = String(decoding: entry[(equals + 1)...], as: UTF8.self) }
    }
    return variables
  }
}
