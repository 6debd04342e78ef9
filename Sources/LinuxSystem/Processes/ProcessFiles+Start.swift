/// How a process was started, and how it is called where it lives.
extension ProcessFiles {
  /// The environment it was started with; what it changed later is not seen. Nil if it ended, or may not be looked at.
  public func environment(_ pid: Int32) -> [String: String]? {
    (try? SmallFile.read("\(root)/\(pid)/environ", limit: 1 << 20)).map(Self.environment)
  }

  /// Its working directory, as a path inside its mount namespace. Nil if it ended, or may not be looked at.
  public func workingDirectory(_ pid: Int32) -> String? {
    (try? SmallFile.linkTarget("\(root)/\(pid)/cwd")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// What it takes for `/`, as a path inside its mount namespace: `/` unless it changed its root.
  public func rootDirectory(_ pid: Int32) -> String? {
    (try? SmallFile.linkTarget("\(root)/\(pid)/root")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The pid that the process sees itself by: the last of `NSpid:` in `/proc/PID/status`.
  public func ownPID(_ pid: Int32) -> Int32? {
    guard let status = try? SmallFile.read("\(root)/\(pid)/status") else { return nil }
    let numbers = Self.value(of: "NSpid:", in: status)?.split(whereSeparator: { $0 == 9 || $0 == 32 })
    return numbers?.last.flatMap { Decimal.number($0) }.flatMap { Int32(exactly: $0) }
  }

  /// Its children, where the kernel lists them (`CONFIG_PROC_CHILDREN`).
  public func children(of pid: Int32) -> [Int32] {
    let list = (try? SmallFile.read("\(root)/\(pid)/task/\(pid)/children", limit: 1 << 20)) ?? []
    return list.split(separator: 32).compactMap { Decimal.number($0).flatMap { Int32(exactly: $0) } }
  }

  /// `NAME=VALUE`, separated by zero bytes; the first of a name counts.
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
