import Foundation

/// A lab's key pair with which its clients log in, and what makes further ones. ed25519.
public struct SSHKeys: Sendable {
  /// A pair as files hold it.
  public struct Pair: Sendable {
    public let secret: String
    /// `ssh-ed25519 AAAA… comment`
    public let open: String
  }

  /// The one that every `SSHServer` of the lab lets in.
  public let login: Pair

  public init() throws { login = try Self.pair() }

  /// A new pair: ssh-keygen -t ed25519
  public static func pair() throws -> Pair {
    try Lab.opened.get()
    let folder = "\(Lab.folder)/keys-\(Lab.nextNumber())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let result = try Command(
      ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", "\(folder)/key"], in: folder
    ).wait(timeout: .seconds(10))
    guard result.status == 0 else { throw LabError("ssh-keygen: \(result.stderr)") }
    return Pair(
      secret: try String(contentsOfFile: "\(folder)/key", encoding: .utf8),
      open: try String(contentsOfFile: "\(folder)/key.pub", encoding: .utf8)
        .trimmingCharacters(in: .whitespacesAndNewlines))
  }
}

extension Requirement {
  /// What `SSHServer` needs.
  public static let ssh: [Requirement] = host + ["ssh", "sshd", "ssh-keygen", "nft"].map { .program($0) }
}
