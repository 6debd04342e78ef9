public import Flows

/// The names of one program: `haproxy`, `wireguard-go`, `qemu-system*`.
///
/// A process may have any name. Code that reads a program because of its name must check itself that what it reads is
/// the program's own.
public struct ProgramNames: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// The names; one that ends with `*` is the beginning of names.
  public let names: [String]

  public init(_ names: [String]) { self.names = names }

  public init(arrayLiteral names: String...) { self.names = names }

  /// Whether `name` is one of them. The kernel truncates a process's name after 15 bytes.
  public func contains(_ name: String) -> Bool {
    names.contains { known in
      if known.hasSuffix("*") { return name.hasPrefix(known.dropLast()) }
      return name == known || (name.utf8.count == 15 && known.hasPrefix(name))
    }
  }

  /// The possible names of `process`, most reliable first: its executable, the first word of its command line (for an
  /// interpreter the second), and the kernel's name for it.
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
