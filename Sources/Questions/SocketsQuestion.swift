internal import Flows

/// Asks for all sockets of a host, in all its namespaces, with their owners.
public struct SocketsQuestion: Question {
  public static let name = "sockets"
  public init() {}

  public var scope: Scope<[SocketListing]> { .everyHost { parts, _ in parts.flatMap(\.value) } }
  public var asAsked: Self { self }
  public static var rows: AnswerRows? { .whole("sockets") }
  public var description: String { "list all sockets" }
}

extension SocketListing: HostRelative {
  public func called(_ name: String) -> Self { self }
  public func on(host number: Int) -> Self {
    var copy = self
    copy.namespace = namespace.on(host: number)
    return copy
  }
  public func shifted(by seconds: Double) -> Self { self }
  public var tellsTime: Bool { false }
}
