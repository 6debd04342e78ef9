import Flows
import Foundation
import Lab

/// The built program, run in a test host as a person would run it.
struct Headwater {
  let machine: any Machine

  /// A measurement under way.
  struct Running {
    let process: BackgroundProcess

    /// Waits for its end and reads its document.
    func document(timeout: Duration = .seconds(30)) throws -> TraceDocument {
      let result = try process.wait(timeout: timeout)
      guard let document = try? Headwater.decoder.decode(TraceDocument.self, from: Data(result.stdout.utf8)) else {
        throw LabError("headwater: status \(result.status): \(result.stdout)\(result.stderr)")
      }
      return document
    }
  }

  /// Starts `headwater` with `arguments` and waits until it counts.
  func start(_ arguments: String...) throws -> Running {
    let process = try machine.start([Executables.path()] + arguments + ["--verbose"])
    try process.waitFor("measuring")
    return Running(process: process)
  }

  func run(_ arguments: String..., timeout: Duration = .seconds(20)) throws -> CommandResult {
    try machine.run([Executables.path()] + arguments, timeout: timeout)
  }

  static let decoder: JSONDecoder = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }()
}
