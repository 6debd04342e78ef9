/// An HTTP status other than the one that was hoped for.
public struct HTTPRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  public let status: Int
  public init(status: Int) { self.status = status }
  public var description: String { "HTTP status \(status)" }
}

extension ProgramError.Code where Own == HTTPRefusal {
  /// An HTTP status, as 404 for an unknown container.
  public static func refused(status: Int) -> Self { .own(HTTPRefusal(status: status)) }
}
