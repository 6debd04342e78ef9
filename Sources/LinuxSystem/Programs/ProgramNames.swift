public import Flows

/// The names by which one program is known: `haproxy`, `wireguard-go`, `qemu-system*`.
///
/// A process may call itself anything. What is read of a program for its name's sake must check for itself that it is the
/// program's own.
public struct ProgramNames: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// The beginnings of names end with `*`.
  public let names: [String]

  public init(_ names: [String]) { self.names = names }

  public init(arrayLiteral names: String...) { self.names = names }

  /// Whether `name` is one of them. The kernel cuts a process's name after 15 bytes.
  public func contains(_ name: String) -> Bool {
    names.contains { known in
      if known.hasSuffix("*") { return name.hasPrefix(known.dropLast()) }
      return name == known || (name.utf8.count == 15 && known.hasPrefix(name))
    }
  }

  /// What `process` may be called, the most reliable first: its executable, the first word of its command, for an
  /// interpreter the second, the kernel's own name for it.
  public static func candidates(_ process: Process) -> [String] {
    var names: [String] = []
    if let executable = process.executable { names.append(lastComponent(executable)) }
    if let command = process.command {
      names += command.prefix(2).filter { !$0.hasPrefix("-") }.map(lastComponent)
    }
    return (names + [process.name]).filter { !$0.isEmpty }
  }

  private static func lastComponent(_ path: String) -> String {
    // `sshd: root@pts/0` is a title, not a path.
    let path = path.prefix { $0 != " " && $0 != ":" }
    return String(path.split(separator: "/").last ?? "")
  }
}
