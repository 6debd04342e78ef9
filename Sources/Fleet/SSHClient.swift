internal import LinuxSystem

/// Runs OpenSSH's client. Aliases, keys, agents and jump hosts are those of `ssh_config` and the given options. It gets
/// no terminal and asks no questions.
public struct SSHClient: Sendable {
  /// The program's name, looked up in PATH.
  public var program = "ssh"
  public var limits: FleetLimits
  /// This user's folder with the sockets of open connections; nil keeps no connections open.
  public let controlFolder: String?
  private let environment: [String: String]
  /// Why connections can't stay open; nil if they can.
  public let note: String?

  /// - Parameter environment: `XDG_RUNTIME_DIR` determines the folder of the sockets; `/tmp/headwater-UID` if it is not
  ///   set.
  public init(limits: FleetLimits = FleetLimits(), environment: [String: String]) {
    self.limits = limits
    // BatchMode does not apply to a jump host's ssh; without a terminal and a display that can't ask questions either.
    let asking: Set<String> = ["DISPLAY", "WAYLAND_DISPLAY", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE"]
    self.environment = environment.filter { !asking.contains($0.key) }
      .merging(["SSH_ASKPASS_REQUIRE": "never"]) { _, ours in ours }
    var candidates = ["/tmp/headwater-\(OwnFiles.userID)"]
    if let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/") {
      candidates.insert(runtime + "/headwater", at: 0)
    }
    var reasons: [String] = []
    for folder in candidates {
      // A socket's path has room for 107 bytes, of which ssh needs some; % and $ have a meaning in a ControlPath.
      guard folder.utf8.count <= 64, !folder.contains("%"), !folder.contains("$"), !folder.contains("\"") else {
        reasons.append("\(folder): too long, or not usable as a ControlPath")
        continue
      }
      do {
        try OwnFiles.make(folder: folder)
        controlFolder = folder
        note = nil
        return
      } catch {
        reasons.append("\(error)")
      }
    }
    controlFolder = nil
    note = "connections are not kept open: " + reasons.joined(separator: "; ")
  }

  /// The socket of the open connection to `host`; nil if connections are not kept open.
  public func controlPath(_ host: HostSpecification) -> String? {
    // Other options may lead to another machine or user.
    let words = [host.destination.description] + host.options.arguments
    let digest = FileDigest(of: Array(words.map { "\($0.utf8.count):\($0)" }.joined().utf8))
    return controlFolder.map { "\($0)/\(digest.hexadecimal.prefix(24))" }
  }

  /// The whole command that runs `remote` on the host. If an option is given twice, ssh uses the first value.
  ///
  /// - Parameter keepsOpen: whether to use an open connection, and to leave one open.
  public func command(_ host: HostSpecification, remote: String, keepsOpen: Bool = true) -> [String] {
    var words = [program, "-T", "-a", "-x", "-o", "BatchMode=yes", "-o", "RemoteCommand=none", "-o", "EscapeChar=none"]
    if keepsOpen, let path = controlPath(host) {
      words += ["-o", "ControlMaster=auto", "-o", "ControlPath=\(path)", "-o", "ControlPersist=\(limits.persist)"]
    } else {
      words += ["-o", "ControlMaster=no", "-o", "ControlPath=none"]
    }
    words += host.options.arguments
    let seconds = max(1, Int(limits.connect.rounded(.up)))
    for option in [
      "ConnectTimeout=\(seconds)", "ConnectionAttempts=1", "ServerAliveInterval=5", "ServerAliveCountMax=2",
      "ClearAllForwardings=yes", "PermitLocalCommand=no", "LogLevel=INFO",
    ] {
      words += ["-o", option]
    }
    return words + ["--", host.destination.description, remote]
  }

  /// Starts `remote` on the host. It returns before it is known whether the host can be reached.
  func start(_ host: HostSpecification, remote: String, keepsOpen: Bool) throws(HostError) -> ChildProcess {
    do {
      return try ChildProcess(command(host, remote: remote, keepsOpen: keepsOpen), environment: environment)
    } catch {
      throw HostError(.ssh, host.name, "\(error)")
    }
  }

  /// Ends the open connection to `host`; false if there was none.
  @discardableResult
  public func close(_ host: HostSpecification) -> Bool {
    guard let path = controlPath(host) else { return false }
    // An ssh that can't be started keeps nothing open either.
    // ssh -O exit -o ControlPath=PATH HOST
    let words = [program, "-o", "BatchMode=yes", "-o", "ControlPath=\(path)", "-O", "exit"]
    guard
      let child = try? ChildProcess(
        words + host.options.arguments + ["--", host.destination.description], environment: environment)
    else { return false }
    defer { child.end(within: 0) }
    return child.status(within: 1) == 0
  }
}
