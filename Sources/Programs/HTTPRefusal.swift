/// An HTTP status other than the expected one.
public struct HTTPRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  public let status: Int
  public init(status: Int) { self.status = status }
  public var description: String { "HTTP status \(status)" }
}

extension ProgramError.Code where Own == HTTPRefusal {
  /// An unexpected HTTP status, such as 404 for an unknown container.
  public static func refused(status: Int) -> Self { .own(HTTPRefusal(status: status)) }
}
