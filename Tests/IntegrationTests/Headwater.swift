import Documents
import Flows
import Foundation
import Lab

/// The built program, run in a test host as a person would run it.
struct Headwater {
  let machine: any Machine
  /// What starts it: `setpriv` with fewer privileges.
  var prefix: [String] = []
  var environment: [String: String] = [:]

  /// The length of a window that its test ends by `Running.end`: how long the load takes on a busy machine makes no
  /// difference then.
  static let untilEnded = "600"

  /// A measurement under way.
  struct Running {
    let process: BackgroundProcess

    /// Ends its window, now that what it was to measure is over.
    func end() -> Running {
      process.send(SIGINT)
      return self
    }

    /// Waits for its end and reads its document.
    func document(timeout: Duration = .seconds(90)) throws -> TraceDocument {
      try Headwater.decode(TraceDocument.self, process.wait(timeout: timeout))
    }

    /// Waits for its end and reads its lines of intervals.
    func intervals(timeout: Duration = .seconds(90)) throws -> [Interval] {
      let result = try process.wait(timeout: timeout)
      return try result.stdout.split(separator: "\n").map {
        try Headwater.decoder.decode(Interval.self, from: Data($0.utf8))
      }
    }
  }

  /// Starts `headwater` with `arguments` and waits until it counts.
  func start(_ arguments: String...) throws -> Running {
    let words = prefix + [Executables.path()] + arguments + ["--verbose"]
    let process = try machine.start(words, environment: environment)
    try process.waitFor("measuring")
    return Running(process: process)
  }

  func run(_ arguments: String..., timeout: Duration = .seconds(90)) throws -> CommandResult {
    try machine.run(prefix + [Executables.path()] + arguments, timeout: timeout, environment: environment)
  }

  /// Runs `script` in bash, in which `$HEADWATER` is the program.
  func shell(_ script: String, timeout: Duration = .seconds(90)) throws -> CommandResult {
    let variables = environment.merging(["HEADWATER": Executables.path()]) { given, _ in given }
    return try machine.run(prefix + ["bash", "-c", script], timeout: timeout, environment: variables)
  }

  static func decode<Value: Decodable>(_ type: Value.Type, _ result: CommandResult) throws -> Value {
    guard let value = try? decoder.decode(type, from: Data(result.stdout.utf8)) else {
      throw LabError("headwater: status \(result.status): \(result.stdout)\(result.stderr)")
    }
    return value
  }

  static let decoder: JSONDecoder = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }()
}

extension Headwater {
  private static let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]

  /// A user without any privilege.
  static func unprivileged(_ machine: any Machine) -> Headwater {
    Headwater(machine: machine, prefix: nobody + ["--no-new-privs"])
  }

  /// What is promised to be enough, as `setpriv` calls it.
  static let capabilities = ["net_admin", "net_raw", "bpf", "perfmon", "sys_ptrace", "sys_admin", "dac_read_search"]

  /// The same user with the capabilities that are promised to be enough.
  ///
  /// - Parameter missing: one that is not given.
  static func capable(_ machine: any Machine, without missing: String? = nil) -> Headwater {
    let set = "-all," + capabilities.filter { $0 != missing }.map { "+\($0)" }.joined(separator: ",")
    return Headwater(machine: machine, prefix: nobody + ["--inh-caps", set, "--ambient-caps", set])
  }
}
