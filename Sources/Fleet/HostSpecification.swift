public import Flows

/// A host that can be asked, as the settings or the command line name it.
public struct HostSpecification: Hashable, Sendable {
  /// What it is called in documents.
  public var name: String
  /// What `ssh` takes: `root@10.0.7.248`, an alias of ssh_config, `ssh://user@host:2222`.
  public var destination: SSHDestination
  /// Further arguments of `ssh`, before the destination.
  public var options: SSHOptions
  /// Addresses by which others know this host without its own knowledge (a cloud's one-to-one mapping), and its own
  /// address behind each.
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
