public import Flows

/// A host that can be queried, from the settings or the command line.
public struct HostSpecification: Hashable, Sendable {
  /// The host's name in documents.
  public var name: String
  /// The destination for `ssh`: `root@10.0.7.248`, an alias of ssh_config, `ssh://user@host:2222`.
  public var destination: SSHDestination
  /// Further arguments for `ssh`, in front of the destination.
  public var options: SSHOptions
  /// Public addresses that the host itself does not have (a cloud's one-to-one mapping), each with its own address
  /// behind it.
  public var publicAddresses: [IPAddress: IPAddress]

  public init(
    name: String, destination: SSHDestination, options: SSHOptions = SSHOptions(),
    publicAddresses: [IPAddress: IPAddress] = [:]
  ) {
    self.name = name
    self.destination = destination
    self.options = options
    self.publicAddresses = publicAddresses
  }
}
