/// How the probe was started on a host, as the start script reported it just before.
public struct ProbeStart: Hashable, Sendable {
  public enum Privileges: String, Hashable, Sendable, Codable {
    /// The user is root.
    case root
    /// The user is not root, but may become root by `sudo -n`.
    case sudo
    /// Neither: the probe has only the user's privileges.
    case user = "none"
  }

  public enum Check: String, Hashable, Sendable, Codable {
    case digest
    /// The host has no program for SHA-256, so only the file's length was compared.
    case size
  }

  /// The output of `uname -m`.
  public var architecture: String
  /// The uid of the user that logged in.
  public var userID: UInt32
  public var privileges: Privileges
  public var check: Check
  /// Whether the probe was copied there just now.
  public var isCopied: Bool
  /// The folder with the probe.
  public var place: String
  /// What limits the answers, and folders that could not be used.
  public var notes: [String] = []

  init?(_ values: [String: String]) {
    guard let user = values["uid"].flatMap({ UInt32($0) }), let root = values["root"],
      let privileges = root == "no" ? .user : Privileges(rawValue: root),
      let check = values["checked"].flatMap(Check.init(rawValue:)), let place = values["place"]
    else { return nil }
    architecture = values["arch"] ?? ""
    userID = user
    self.privileges = privileges
    self.check = check
    isCopied = values["copied"] == "yes"
    self.place = place
  }
}
