public import Flows

/// What a trace starts from.
public indirect enum Target: Hashable, Sendable {
  case busiest
  /// An interface in this namespace; the name alone may exist in many namespaces.
  case interface(String, Place)
  case prefix(Prefix)
  case endpoint(Endpoint)
  case port(UInt16)
  /// The two endpoints of a flow, in either order, with any transport.
  case flow(Endpoint, Endpoint)
  case pid(Int32)
  case processName(String)
  case container(Container)
  case set(String, [Prefix])
  /// A name that flows ask for, and all names below it. In lower case, without a final dot.
  case name(String)
  /// The target on one of several hosts, given by its number and name.
  case on(host: Int, called: String, Target)
}

/// A text that is no valid target here.
public struct TargetError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// It has the form of a target but is malformed: `10.0.0.0/33`.
    case malformed
    /// Nothing here has this name.
    case unknown
    /// Several containers have this name, or several hosts have a process with this pid.
    case ambiguous
    /// It is on a host that does not answer.
    case silent
  }
  public let code: Code
  public let text: String
  /// What a person can do about it.
  public let advice: String

  public init(code: Code, text: String, advice: String) {
    (self.code, self.text, self.advice) = (code, text, advice)
  }

  public var description: String { "\(text): \(advice)" }
}
