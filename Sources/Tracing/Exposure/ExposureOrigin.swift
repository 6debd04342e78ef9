public import Flows

/// From where a person asks: `--from`.
public enum ExposureOrigin: Hashable, Sendable {
  case internet
  /// A prefix, or one address.
  case prefix(Prefix)
  /// A host that is asked as well.
  case host(String)
}

/// Which listeners and sources are asked about.
public struct ExposureScope: Sendable {
  /// The listeners' process, container, address or port; nil for all.
  public var target: String?
  /// The source; nil for all.
  public var from: String?
  /// The port that is asked about, whether anything listens there or not.
  public var port: UInt16?
  /// Whether each rule that a packet meets is wanted.
  public var explains = false
  /// Public addresses that the settings name, of whatever host, with the own address that each stands for. They count for the
  /// only host that has that address.
  public var publicAddresses: [IPAddress: IPAddress] = [:]

  public init() {}
}
