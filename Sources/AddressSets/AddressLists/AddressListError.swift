/// Why a text is no list of addresses.
public struct AddressListError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// It has no prefix.
    case empty
    /// It is neither text nor JSON of a known form.
    case malformed
    /// It has more prefixes than `AddressList.limit`.
    case tooLarge
  }

  public let code: Code
  public let problem: String

  init(_ code: Code, _ problem: String) {
    self.code = code
    self.problem = problem
  }

  public var description: String { problem }
}
