/// A destination for `ssh`. It is never passed to a shell, and can't be taken for an option.
public struct SSHDestination: Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// - Parameter text: a host, an alias, `user@host` or `ssh://user@host:port`.
  /// - Throws: what is wrong with it, in words for people.
  public init(_ text: String) throws(SSHArgumentError) {
    guard !text.isEmpty else { throw SSHArgumentError("the host's name is missing") }
    let host = text.split(separator: "@", omittingEmptySubsequences: false).last.map(String.init) ?? text
    // OpenSSH before 9.6 passed names on to the shells of ProxyCommand and Match exec.
    let shell = "'`\"$\\;&<>|(){}*?!"
    let refused = text.unicodeScalars.first { scalar in
      scalar.value <= 0x20 || scalar.value == 0x7F || shell.unicodeScalars.contains(scalar)
    }
    if let refused {
      throw SSHArgumentError("\(text): a host's name can't hold \(refused.escaped(asASCII: true))")
    }
    guard !text.hasPrefix("-"), !host.hasPrefix("-"), !host.isEmpty else {
      throw SSHArgumentError("\(text): a host's name can't begin with - or be empty")
    }
    guard text.utf8.count <= 512 else { throw SSHArgumentError("a host's name can't be longer than 512 bytes") }
    description = text
  }
}

/// Why arguments for `ssh` are rejected: they would have an unintended effect.
public struct SSHArgumentError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}
