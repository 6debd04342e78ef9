/// Why a host could not be asked, and what to try.
public struct HostError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Hashable, Sendable, Codable {
    /// The host's name has no address.
    case unknownName
    /// Nothing listens at the address.
    case refused
    /// The host did not answer in time, or stopped answering.
    case timedOut
    /// There is no route to the host.
    case unreachable
    /// The host's key differs from the known one.
    case hostKeyChanged
    /// The host's key is not known.
    case hostKeyUnknown
    /// The host accepts none of this user's keys.
    case denied
    /// The connection ended before the answer was complete.
    case brokenOff
    /// There is no probe for this kind of machine.
    case unsupported
    /// There is no folder on the host in which a program can be stored and run.
    case noPlace
    /// The probe's file can't be read on this host.
    case noProbe
    /// The login succeeded, but the probe did not start.
    case notStarted
    /// `ssh` itself can't be started, or rejected its arguments.
    case ssh
    /// The task was cancelled.
    case cancelled
  }

  public var code: Code
  /// The host's name.
  public var host: String
  /// What happened, in the words of `ssh` or the host, on one line.
  public var detail: String
  /// What a person can try.
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
