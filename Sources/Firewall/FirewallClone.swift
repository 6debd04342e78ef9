internal import CFirewall
public import Flows
internal import LinuxSystem

/// A copy of a place's firewall in a network namespace of its own, which answers what the rules do with a packet: the
/// kernel itself decides, with the same rules, sets, interfaces, addresses, routes and sysctls.
///
/// Its interfaces are TUN devices with the same names, so a packet is put on one by a write, and what leaves is read.
/// Sockets listen in the copy where the place's own do. A packet is `reachable` if the answer to it comes back:
///
/// ```swift
/// let answer = try FirewallClone.ask(place, attempts, listeners: listeners, explains: false)
/// ```
///
/// The place's own rules, counters and connections are only read. It needs CAP_NET_ADMIN and CAP_SYS_ADMIN.
public enum FirewallClone {
  static let traceTable = "hwtrace"

  /// How often the rules are read again because they changed meanwhile.
  private static let tries = 3

  /// What the rules of `place` do with each of `attempts`.
  ///
  /// With no attempts it only reads the prefixes that the rules name, and the ports that they may send elsewhere.
  ///
  /// - Parameter runs: runs a function in the place's network namespace.
  /// - Throws: `SystemError` if a namespace can't be made or entered. Rules that can't be copied are the answer's `problem`.
  public static func ask(
    _ attempts: [FirewallAttempt], listeners: [FirewallListener], explains: Bool,
    inPlace runs: (() -> Result<Dumps, FirewallError>) throws -> Result<Dumps, FirewallError>
  ) throws -> FirewallAnswer {
    do {
      var problem = "the rules changed each time they were read"
      for _ in 0..<tries {
        let before = try runs { Dumps.read() }.get()
        let prefixes = before.rules.prefixes.union(before.network.prefixes).sorted()
        if attempts.isEmpty {
          var answer = FirewallAnswer(verdicts: [], prefixes: prefixes)
          let doors = TranslatedPorts(before.rules).doors
          answer.doors = doors.isEmpty ? nil : doors
          return answer
        }
        let namespace = try NetworkNamespaceDescriptor.anonymous()
        let outcome: Result<[FirewallVerdict], FirewallError> = try namespace.run {
          do throws(FirewallError) {
            var copy = try PouredFirewall(before.rules, before.network)
            defer { copy.close() }
            return .success(try copy.ask(attempts, listeners, explains: explains))
          } catch {
            return .failure(error)
          }
        }
        // Rules that changed while they were copied may be half of the old and half of the new.
        let after = try runs { Dumps.read(before.network) }.get()
        guard after.rules == before.rules else { continue }
        switch outcome {
        case .success(let verdicts): return FirewallAnswer(verdicts: verdicts, prefixes: prefixes)
        case .failure(let error): problem = error.description
        }
        return unknown(attempts, problem, prefixes)
      }
      return unknown(attempts, problem, [])
    } catch let error as FirewallError {
      return unknown(attempts, error.description, [])
    }
  }

  private static func unknown(
    _ attempts: [FirewallAttempt], _ problem: String, _ prefixes: [String]
  ) -> FirewallAnswer {
    FirewallAnswer(
      verdicts: attempts.map { _ in FirewallVerdict(.unknown, reason: problem) }, prefixes: prefixes, problem: problem)
  }

  /// What was read in a place.
  public struct Dumps: Sendable {
    let rules: RuleDump
    let network: NetworkDump

    /// Reads them in the calling thread's namespace.
    static func read(_ network: NetworkDump? = nil) -> Result<Dumps, FirewallError> {
      do throws(FirewallError) {
        let rules = try RuleDump()
        if let network { return .success(Dumps(rules: rules, network: network)) }
        return .success(Dumps(rules: rules, network: try NetworkDump()))
      } catch {
        return .failure(error)
      }
    }
  }
}
