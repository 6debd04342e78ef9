/// A host that could not be asked: what stood in the way, and what to try.
public struct HostError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Hashable, Sendable, Codable {
    /// No address is known for its name.
    case unknownName
    /// Nothing listens there.
    case refused
    /// No answer in time: not to the connection, or not any more.
    case timedOut
    /// No route leads there.
    case unreachable
    /// Its key is another than the known one.
    case hostKeyChanged
    /// Its key is not known.
    case hostKeyUnknown
    /// No key of ours lets us in.
    case denied
    /// The connection ended before the answer did.
    case brokenOff
    /// There is no probe for such a machine.
    case unsupported
    /// Nowhere on the host can a program be put and run.
    case noPlace
    /// The probe's file can't be read here.
    case noProbe
    /// The host took us in, but the probe did not start there.
    case notStarted
    /// `ssh` itself can't be started, or was told something that it doesn't understand.
    case ssh
    /// Nobody waits for the answer any more.
    case cancelled
  }

  public var code: Code
  /// The host's name.
  public var host: String
  /// What happened, as `ssh` or the host said it; one line.
  public var detail: String
  /// What to try.
  public var advice: String

  public init(_ code: Code, _ host: String, _ detail: String, advice: String? = nil) {
    self.code = code
    self.host = host
    self.detail = detail
    self.advice = advice ?? Self.advice(code)
  }

  public var description: String { advice.isEmpty ? "\(host): \(detail)" : "\(host): \(detail); \(advice)" }

  private static func advice(_ code: Code) -> String {
    switch code {
    case .unknownName: "check the name, or give its address as ssh: in the settings"
    case .refused: "check that sshd runs there, and its port (ssh_options: [-p, PORT])"
    case .timedOut: "check that the host is up and that no firewall drops SSH; --host-timeout gives a slow one longer"
    case .unreachable: "check the route to it, or go through a jump host (ssh_options: [-J, HOST])"
    case .hostKeyChanged:
      "if the host was reinstalled, remove its old key (ssh-keygen -R HOST); if not, somebody may be intercepting the connection"
    case .hostKeyUnknown:
      "log in once with ssh and compare the key, or set ssh_options: [-o, StrictHostKeyChecking=accept-new]"
    case .denied: "headwater never asks for passwords: add a key there (ssh-copy-id), or load yours (ssh-add)"
    case .brokenOff: "try again; the rest of the answer does not include this host"
    case .unsupported: "headwater-probe runs on x86_64 and aarch64 Linux"
    case .noPlace: "make one of these folders writable for this user, on a file system without noexec"
    case .noProbe: "put headwater-probe beside headwater, or set HEADWATER_PROBE to its path"
    case .notStarted: "check that the shell there runs what ssh sends: ssh HOST true"
    case .ssh: "check that OpenSSH's client is installed, and the host's ssh_options"
    case .cancelled: ""
    }
  }
}
