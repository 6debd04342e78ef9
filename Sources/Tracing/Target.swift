public import Flows

/// What a trace starts from.
public indirect enum Target: Hashable, Sendable {
  case busiest
  /// In this namespace; an interface name alone stands in many.
  case interface(String, Place)
  case prefix(Prefix)
  case endpoint(Endpoint)
  case port(UInt16)
  /// Either order, any transport.
  case flow(Endpoint, Endpoint)
  case pid(Int32)
  case processName(String)
  case container(Container)
  case set(String, [Prefix])
  /// What flows ask for by name: this one, and all below it. In lower case, without a final dot.
  case name(String)
  /// The same of one of several hosts alone, by its number and name.
  case on(host: Int, called: String, Target)
}

/// A word that is no target here.
public struct TargetError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// It has the shape of a target but is malformed: `10.0.0.0/33`.
    case malformed
    /// Nothing here has this name.
    case unknown
    /// Several containers have this name, or several hosts a process of this number.
    case ambiguous
  }
  public let code: Code
  public let text: String
  /// What to do about it.
  public let advice: String

  public init(code: Code, text: String, advice: String) {
    (self.code, self.text, self.advice) = (code, text, advice)
  }

  public var description: String { "\(text): \(advice)" }
}
