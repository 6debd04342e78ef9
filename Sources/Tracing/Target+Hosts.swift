internal import Flows
public import Questions

/// Targets on one of several hosts: `alpha:pid:500`, `alpha:eth0`, `alpha::443`.
extension Target {
  /// Whether something on host `number` can match the target.
  func isOn(host number: Int) -> Bool {
    if case .on(let host, _, _) = self { host == number } else { true }
  }

  /// Whether it is a process, of which there may be more where not all processes can be seen.
  var isProcess: Bool {
    switch plain {
    case .pid, .processName: true
    default: false
    }
  }

  /// Whether it is a name that flows ask for.
  var isName: Bool { if case .name = plain { true } else { false } }

  /// The target without its host.
  public var plain: Target { if case .on(_, _, let target) = self { target } else { self } }

  /// The host that `text` begins with, and the rest of the text; nil if it begins with no host that is queried.
  static func host(of text: String, _ inventory: Inventory) -> (number: Int, name: String, rest: String)? {
    // A host's own name takes precedence over another one's second name.
    let others = (inventory.aliases ?? [:]).sorted { $0.key < $1.key }.map { (offset: $0.value, element: $0.key) }
    let names = Array((inventory.hosts ?? [inventory.host]).enumerated()) + others
    guard let (found, rest) = longest(names.map(\.element), before: text),
      let number = names.first(where: { $0.element == found })?.offset
    else { return nil }
    return (number, inventory.hostName(number), rest)
  }

  /// The host that `text` begins with and that does not answer; nil if it begins with none.
  static func silentHost(of text: String, _ inventory: Inventory) -> HostFailure? {
    let silent = inventory.unreached ?? []
    guard let (name, _) = longest(silent.map(\.host), before: text) else { return nil }
    return silent.first { $0.host == name }
  }

  /// The longest of the `names` of hosts that `text` begins with; nil if it begins with none.
  public static func hostName(in text: String, among names: [String]) -> String? { longest(names, before: text)?.name }

  /// The longest of the hosts' names that `text` begins with, and what comes behind it.
  private static func longest(_ names: [String], before text: String) -> (name: String, rest: String)? {
    let name = names.filter { text.hasPrefix($0 + ":") }.max { $0.utf8.count < $1.utf8.count }
    guard let name else { return nil }
    let rest = String(text.dropFirst(name.count + 1))
    // An address and a port, where a host has that name.
    guard !rest.isEmpty, !rest.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return (name, rest)
  }

  /// Throws if `text` can't be a target on any host. It is called before anything is measured or connected.
  public static func check(_ text: String) throws(TargetError) {
    do { _ = try shaped(text) } catch {
      // The text in front of the first colon may be a host's name.
      guard let colon = text.firstIndex(of: ":"), colon > text.startIndex, !text.hasPrefix("pid:") else { throw error }
      let (name, rest) = (text[..<colon], String(text[text.index(after: colon)...]))
      do { if try shaped(rest) != nil { return } } catch {
        // It can't be part of an address.
        if name.contains(where: { $0.isLetter && !$0.isHexDigit }) { throw error }
      }
      throw error
    }
  }
}

extension Inventory {
  /// The part of the inventory that belongs to host `number`.
  func only(_ number: Int) -> Inventory {
    var copy = self
    copy.namespaces = namespaces.filter { $0.id.host == number }
    copy.containers = containers.filter { $0.namespace.map { $0.host == number } ?? true }
    copy.confined = confined?.enumerated().map { $0 == number ? $1 : nil }
    return copy
  }

  /// Why the hosts that `target` may be on may have processes that were not there to be seen.
  func limits(of target: Target) -> [String] {
    if case .on(let number, _, _) = target { only(number).confinements } else { confinements }
  }

  func isSeveral() -> Bool { (hosts?.count ?? 1) > 1 }
}

extension Target {
  /// The target with its host, if it is a process's number.
  ///
  /// - Throws: `TargetError` if no host has such a process, or if several have it and this host does not.
  public func settled(by vantage: any Vantage, _ inventory: Inventory) async throws -> Target {
    try await ProcessChoice(vantage: vantage, inventory: inventory).settled(self)
  }
}

/// Decides which host's process a bare pid means.
struct ProcessChoice {
  let vantage: any Vantage
  let inventory: Inventory

  /// `target` with its host: this host if it has the process, else the only host that has it. Unchanged if there is one
  /// host, if it is no process, or if a host could not say whether it has the process.
  ///
  /// - Throws: `TargetError` if no host has it, or if several have it and this host does not.
  func settled(_ target: Target) async throws -> Target {
    guard case .pid(let pid) = target.plain else { return target }
    let numbers = inventory.isSeveral() ? (inventory.hosts ?? []).indices.filter(target.isOn) : [0]
    let answers = try await withThrowingTaskGroup(of: (Int, Bool?).self) { group in
      for number in numbers {
        group.addTask {
          do { return (number, try await vantage.process(ProcessID(host: number, pid: pid)) != nil) } catch let error
            as VantageError
          {
            // For a single host it is the reason why the command fails.
            if numbers.count == 1 { throw error }
            return (number, nil)
          }
        }
      }
      return try await group.reduce(into: [Int: Bool?]()) { $0[$1.0] = $1.1 }
    }
    let having = answers.filter { $0.value == true }.map(\.key).sorted()
    if having.isEmpty {
      guard answers.values.contains(where: { $0 == nil }) else {
        throw TargetError(missing: target, in: inventory)
      }
      return target
    }
    guard inventory.isSeveral() else { return target }
    return try choose(having, of: pid)
  }

  /// The same, once it is known on which hosts such a process had traffic.
  func settled(_ target: Target, by interval: Interval) throws(TargetError) -> Target {
    guard case .pid(let pid) = target, inventory.isSeveral() else { return target }
    let having = Set(interval.flows.filter { target.matches($0) }.map(\.namespace.host)).sorted()
    return having.isEmpty ? target : try choose(having, of: pid)
  }

  private func choose(_ having: [Int], of pid: Int32) throws(TargetError) -> Target {
    let number = inventory.here.flatMap { having.contains($0) ? $0 : nil } ?? having[0]
    let names = having.map(inventory.hostName)
    guard having.count == 1 || number == inventory.here else { throw TargetError(process: pid, on: names) }
    return .on(host: number, called: inventory.hostName(number), .pid(pid))
  }
}

extension TargetError {
  /// The error for a target on a host that does not answer.
  public init(silent failure: HostFailure, in text: String) {
    self.init(code: .silent, text: text, advice: "\(failure.host) does not answer: \(failure.reason)")
  }

  /// The error for a process that is not there.
  init(missing target: Target, in inventory: Inventory) {
    let limits = inventory.limits(of: target).joined(separator: "; ")
    self.init(
      code: .unknown, text: target.description,
      advice: "no such process; it may have ended, or be the number of a thread"
        + (limits.isEmpty ? "" : " (\(limits))"))
  }

  /// The error for a pid that several hosts have.
  ///
  /// - Parameter hosts: the hosts' names; at least two.
  public init(process pid: Int32, on hosts: [String]) {
    let list = hosts.map { "on \($0)" }.joined(separator: " and ")
    self.init(
      code: .ambiguous, text: "pid:\(pid)",
      advice: "pid \(pid) is \(list); say \(hosts.first ?? "HOST"):pid:\(pid)")
  }
}
