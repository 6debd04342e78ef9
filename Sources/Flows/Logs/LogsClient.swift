/// A client in access logs, with its totals.
public struct LogsClient: Hashable, Sendable, Codable {
  /// The client as the logs write it; usually an address.
  public var name: String
  public var requests: UInt64
  public var bytes: UInt64
  /// Times of the first and the last request, in seconds since 1970.
  public var first: UInt32
  public var last: UInt32
  public var redirected: UInt32
  public var refused: UInt32
  public var failed: UInt32
  /// Requests without a status, or with a status outside 200 to 599.
  public var unusual: UInt32

  public init(
    name: String, requests: UInt64, bytes: UInt64, first: UInt32, last: UInt32, redirected: UInt32, refused: UInt32,
    failed: UInt32, unusual: UInt32
  ) {
    self.name = name
    self.requests = requests
    self.bytes = bytes
    self.first = first
    self.last = last
    self.redirected = redirected
    self.refused = refused
    self.failed = failed
    self.unusual = unusual
  }
}
