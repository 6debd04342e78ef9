public import Flows

/// One event of `headwater inspect --follow` (`headwater.event/1`), printed as one line of JSON.
public struct EventDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.event/1"

  public var schema = Self.schema
  public var host: String
  /// When it happened: RFC 3339 in UTC, with microseconds.
  public var time: String
  /// `connect`, `accept`, `send`, …
  public var action: String
  public var pid: Int32?
  /// The process's name.
  public var name: String?
  public var transport: Transport
  public var local: Endpoint
  public var remote: Endpoint?
  /// What happened, in words for people.
  public var text: String

  public init(
    host: String, time: String, action: String, pid: Int32?, name: String?, transport: Transport, local: Endpoint,
    remote: Endpoint?,
    text: String
  ) {
    self.host = host
    self.time = time
    self.action = action
    self.pid = pid
    self.name = name
    self.transport = transport
    self.local = local
    self.remote = remote
    self.text = text
  }
}
