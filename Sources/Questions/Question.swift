public import Flows

/// Something that a host can be asked, in the form in which it is sent: "find the route to 10.0.0.1 in container vpn".
///
/// A new question needs one file here with its answer, one line in `Questions.all`, one file with this host's own
/// answer, and one for pasted outputs if they can answer it.
public protocol Question: Codable, Hashable, Sendable, CustomStringConvertible {
  associatedtype Answer: HostRelative

  /// The question's name on the wire: `route`. Its fields are those of the type's own coding.
  static var name: String { get }

  /// Which host or hosts the question is for.
  var scope: Scope<Answer> { get }

  /// The same question in the numbering of the host that answers, which knows of no other hosts.
  var asAsked: Self { get }

  /// How many seconds pass before it can be answered.
  var window: Double { get }

  /// Whether it reads and resets the meter, so that only one such question can be under way.
  var isMeasurement: Bool { get }

  /// Why the question is invalid (`a window of -1 s`); nil if it is valid.
  var objection: String? { get }

  /// Where the answer has many rows with equal parts; the wire sends equal parts once. Nil if it has none.
  static var rows: AnswerRows? { get }
}

extension Question {
  public var window: Double { 0 }
  public var isMeasurement: Bool { false }
  public var objection: String? { nil }
  public static var rows: AnswerRows? { nil }
}

/// The part of an answer that is a long list of rows.
public enum AnswerRows: Hashable, Sendable {
  /// The list with this name in the answer.
  case member(String)
  /// The answer itself is the list. On the wire it is the only member, with this name, of an object.
  case whole(String)
}

/// Which host or hosts a question is for.
public enum Scope<Answer: HostRelative>: Sendable {
  /// One host, by its number.
  case host(Int)
  /// The host of a place.
  case place(Place)
  /// All hosts at the same time; `join` makes one answer of theirs.
  case everyHost(join: @Sendable ([HostPart<Answer>], HostRoster) -> Answer)
}

/// One host's answer among several. Its places have the host number `number`.
public struct HostPart<Answer: Sendable>: Sendable {
  public let number: Int
  public let value: Answer
  public init(number: Int, value: Answer) {
    self.number = number
    self.value = value
  }
}

/// The hosts that a question for all hosts was sent to.
public struct HostRoster: Sendable {
  /// Their names, by host number.
  public let names: [String]
  /// The number of the host that the program runs on; nil if it is none of these.
  public let here: Int?
  /// By host number: public addresses that the host itself does not have, with the host's own address that each stands
  /// for.
  public let publicAddresses: [[IPAddress: IPAddress]]
  /// By host number: why a host's part is missing from the answer.
  public let failures: [Int: String]
  /// Hosts that were wanted but never reached.
  public let unreached: [HostFailure]
  /// Other names under which hosts were asked, with the host's number.
  public let aliases: [String: Int]

  public init(
    names: [String], here: Int? = nil, publicAddresses: [[IPAddress: IPAddress]], failures: [Int: String],
    unreached: [HostFailure], aliases: [String: Int] = [:]
  ) {
    self.names = names
    self.aliases = aliases
    self.here = here
    self.publicAddresses = publicAddresses
    self.failures = failures
    self.unreached = unreached
  }

  /// All hosts whose part is missing from the answer.
  public var silent: [HostFailure] {
    unreached + failures.sorted { $0.key < $1.key }.map { HostFailure(host: names[$0.key], reason: $0.value) }
  }

  /// A note about host `number`, with the host's name in front if there are several hosts.
  public func note(_ number: Int, _ text: String) -> String {
    names.count == 1 ? text : "\(names[number]): \(text)"
  }
}
