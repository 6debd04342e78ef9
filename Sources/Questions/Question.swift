public import Flows

/// One thing that can be asked of a host, as it is sent: "find the route to 10.0.0.1 in container vpn".
///
/// A new question is one file here, with its answer; one line in `Questions.all`; one file with this host's own answer; and
/// one with what pasted outputs say of it, where they can.
public protocol Question: Codable, Hashable, Sendable, CustomStringConvertible {
  associatedtype Answer: HostRelative

  /// The wire's word for it: `route`. Its fields are those of the type's own coding.
  static var name: String { get }

  /// Whom it is for.
  var scope: Scope<Answer> { get }

  /// The same, as the host itself is asked, which knows of no other hosts.
  var asAsked: Self { get }

  /// Seconds that pass before it can be answered.
  var window: Double { get }

  /// Whether it empties the meter, so that only one can be under way.
  var isMeasurement: Bool { get }

  /// Why it cannot be asked like this (`a window of -1 s`); nil if it can.
  var objection: String? { get }

  /// Where its answer has many rows with equal parts, which are sent once.
  static var rows: AnswerRows? { get }
}

extension Question {
  public var window: Double { 0 }
  public var isMeasurement: Bool { false }
  public var objection: String? { nil }
  public static var rows: AnswerRows? { nil }
}

/// Which part of an answer is a long list of rows.
public enum AnswerRows: Hashable, Sendable {
  /// The answer's list of that name.
  case member(String)
  /// The answer is the list; it is sent as the only member of an object, of that name.
  case whole(String)
}

/// Whom a question is for.
public enum Scope<Answer: HostRelative>: Sendable {
  /// One of the hosts that are looked at together, by its number.
  case host(Int)
  /// The host of a place.
  case place(Place)
  /// Every host, side by side; their answers are joined.
  case everyHost(join: @Sendable ([HostPart<Answer>], HostRoster) -> Answer)
}

/// The answer of one of several hosts; its places are those of host `number`.
public struct HostPart<Answer: Sendable>: Sendable {
  public let number: Int
  public let value: Answer
  public init(number: Int, value: Answer) {
    self.number = number
    self.value = value
  }
}

/// The hosts that a question for all of them was put to.
public struct HostRoster: Sendable {
  /// By host number.
  public let names: [String]
  /// The number of the host that the program runs on; nil if that is none of them.
  public let here: Int?
  /// By host number: addresses by which others reach the host that it does not see itself, and what they stand for.
  public let publicAddresses: [[IPAddress: IPAddress]]
  /// By host number: why a host has no part in the answer.
  public let failures: [Int: String]
  /// Hosts that were wanted, and were never reached.
  public let unreached: [HostFailure]

  public init(
    names: [String], here: Int? = nil, publicAddresses: [[IPAddress: IPAddress]], failures: [Int: String],
    unreached: [HostFailure]
  ) {
    self.names = names
    self.here = here
    self.publicAddresses = publicAddresses
    self.failures = failures
    self.unreached = unreached
  }

  /// All that have no part in the answer.
  public var silent: [HostFailure] {
    unreached + failures.sorted { $0.key < $1.key }.map { HostFailure(host: names[$0.key], reason: $0.value) }
  }

  /// A note of host `number`, with its name where there are several.
  public func note(_ number: Int, _ text: String) -> String {
    names.count == 1 ? text : "\(names[number]): \(text)"
  }
}
